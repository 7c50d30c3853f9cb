"""From chart specifications to what a page holds: pictures, data for hovering, one script."""

import json
import re
from typing import Any

from serving.report.charts import Spec

_ADDRESSES = ("https://vega.github.io/", "https://github.com/")


def to_svg(spec: Spec) -> str:
    """The chart as a picture, for paper and where scripts are off; it scales to its place."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(spec, vl_version=_version())
    scaled = re.sub(r'<svg ([^>]*?)width="[\d.]+" height="[\d.]+"', r"<svg \1", svg, count=1)
    return scaled.replace("<svg ", '<svg role="img" ', 1)


def to_json(spec: Spec) -> str:
    """The specification as JSON that may stand inside a script element; fills its place."""
    wide = spec | {"width": "container"}
    text = json.dumps(wide, separators=(",", ":"), allow_nan=False, default=_plain)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def script() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script for all charts, without any address."""
    import vl_convert

    text: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", _version())
    for address in _ADDRESSES:
        text = text.replace(address, "about:blank#")
    return text.replace("</script", "<\\/script")


def _version() -> str:
    import altair as alt

    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    return value.item()
