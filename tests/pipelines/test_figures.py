"""An evaluation's headline in words."""

import pytest

from pipelines.figures import sentences, to_markdown

HEADLINE = {
    "cutoff": "2026-05-25T22:30:00+00:00",
    "n_test_tickets": 2400,
    "all_observations": {"base_rate": {"value": 0.125}},
}


@pytest.mark.parametrize(
    ("time_zone", "day"), [("UTC", "2026-05-25"), ("Europe/Berlin", "2026-05-26")]
)
def test_the_day_from_which_on_it_was_judged_is_the_readers(time_zone: str, day: str) -> None:
    """22:30 UTC is half past midnight in Berlin: in the terminal and on the page."""
    said = (
        f"Judged on 2,400 tickets opened from {day} on; 12.5 % of what was observed broke its "
        "promise."
    )
    assert sentences({"headline": HEADLINE}, time_zone=time_zone) == [said]
    page = to_markdown({"metrics": {"resolution": {"headline": HEADLINE}}}, time_zone=time_zone)
    assert said in page
