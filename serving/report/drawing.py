"""From chart specifications to what a page holds: pictures, data for hovering, one script."""

import json
import re
from typing import Any

from serving.report.chart_parts import Spec

_ADDRESSES = ("https://vega.github.io/", "https://github.com/")


def to_svg(spec: Spec, *, name: str) -> str:
    """The chart as a picture, for paper and where scripts are off; it scales to its place.

    Ids inside begin with ``name``: the library counts them over the whole process, and they
    must differ between the pictures of a page but not between two runs.
    """
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(spec)
    for n, identity in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):
        svg = re.sub(rf'(id="|url\(#|href="#){re.escape(identity)}\b', rf"\g<1>{name}-{n}", svg)
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

    # The library keeps this one; the stub asks for a snippet that it does not need.
    text: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # see above
    for address in _ADDRESSES:
        text = text.replace(address, "about:blank#")
    return text.replace("</script", "<\\/script")


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    return value.item()
