"""Charts as pictures, as data, and the script that draws them."""

import json
import re

import pandas as pd

from serving.report.chart_parts import Spec
from serving.report.charts import kept_over_time, snapshot_bars
from serving.report.drawing import script, to_json, to_svg
from serving.report.judgement import Bar


def _spec() -> Spec:
    return snapshot_bars([Bar("riskiest </script> by forewarn", 0.5, 0.4, 0.6),
                          Bar("all", 0.1, None, None)])  # fmt: skip


def test_a_picture_is_the_same_every_time_it_is_drawn() -> None:
    """Ids inside carry the chart's name: two charts of a page never share one."""
    first = to_svg(_spec(), name="a")
    assert to_svg(_spec(), name="a") == first
    ids = [set(re.findall(r'\bid="([^"]+)"', to_svg(_spec(), name=n))) for n in ("a", "b")]
    assert not ids[0] & ids[1]


def test_data_cannot_leave_its_element() -> None:
    """No tag can end the script element that holds the JSON; reading it gives the text back."""
    text = to_json(_spec())
    assert "<" not in text
    assert "riskiest </script> by forewarn" in str(json.loads(text))
    assert "$schema" not in text


def test_the_script_can_stand_in_a_page() -> None:
    """It does not end itself, and names no address but XML namespaces."""
    text = script()
    assert "</script" not in text.lower()
    assert set(re.findall(r"https?://[\w.]+", text)) == {"http://www.w3.org"}


def test_a_week_without_a_share_is_no_point_of_the_line() -> None:
    """It is left out, and the axis begins below the lowest share."""
    weekly = pd.DataFrame(
        {"metric": "resolution",
         "week_on": pd.to_datetime(["2026-06-08", "2026-06-15", "2026-06-22"]),
         "n": [30, 5, 40], "n_broken": [6, 5, 2], "kept": [0.8, None, 0.95]}
    )  # fmt: skip
    spec = kept_over_time(weekly)
    assert [v["kept"] for v in spec["data"]["values"]] == [0.8, 0.95]
    assert spec["encoding"]["y"]["scale"]["domain"] == [0.7, 1]
