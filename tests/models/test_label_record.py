"""The past must tell the same, by segment."""

import pytest

from models.label_record import compare_records

THEN = {"resolution": {"all": [1000, 300], "group net": [400, 100], "group mail": [600, 200]}}


def test_the_same_past_passes() -> None:
    """Equal counts, and a handful of corrections, are no reason to refuse."""
    now = {"resolution": {"all": [1000, 303], "group net": [400, 103], "group mail": [600, 200]}}
    (check,) = compare_records(THEN, now, most=0.15, share=0.01)
    assert check.passed
    assert check.figures["changed"] == 0.0


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ({"all": [1000, 320]}, "of all clocks the history tells 320 breaches where the champion"),
        ({"all": [1000, 300], "group net": [400, 70]}, "of group net the history tells 70"),
        ({"all": [1000, 300], "group net": [400, 130]}, "of group net the history tells 130"),
    ],
)
def test_an_altered_past_fails(counts: dict[str, list[int]], told: str) -> None:
    """More or fewer breaches, of all or of one group, with both numbers in the words."""
    (check,) = compare_records(THEN, {"resolution": counts}, most=0.15, share=0.01)
    assert check.passed is False
    assert told in check.reason


def test_a_few_breaches_more_in_a_calm_segment_are_nothing() -> None:
    """From 12 to 19 is more than half, and says nothing."""
    then = {"resolution": {"all": [5000, 300], "group net": [400, 12]}}
    now = {"resolution": {"all": [5000, 307], "group net": [400, 19]}}
    assert compare_records(then, now, most=0.15, share=0.01)[0].passed


def test_a_past_that_is_gone_cannot_be_judged() -> None:
    """The history no longer reaches back: neither passed nor failed."""
    assert compare_records(THEN, {}, most=0.15, share=0.01)[0].passed is None
