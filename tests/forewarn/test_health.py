"""The health score in force at an instant, and its segment."""

import pandas as pd
import pytest

from forewarn.config.settings import HealthConfig
from forewarn.health import effective_scores, segment
from forewarn.tables import CUSTOMER_HEALTH, empty_frame


def _day(day: int) -> pd.Timestamp:
    return pd.Timestamp(f"2026-03-{day:02d}", tz="UTC")


def _rows(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of (customer, occurred on, known on, score, override, expires on), days of March."""
    frame = pd.DataFrame(
        rows, columns=["customer_id", "o", "k", "score", "override_score", "x"]
    ).astype({"customer_id": "str", "score": "float64", "override_score": "float64"})
    instants = {
        "occurred_at": [_day(d) for d in frame["o"]],
        "known_at": [_day(d) for d in frame["k"]],
        "override_expires_at": [pd.NaT if pd.isna(d) else _day(int(d)) for d in frame["x"]],
    }
    for name, values in instants.items():
        frame[name] = pd.Series(values, dtype="datetime64[us, UTC]")
    return frame


def _facts(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return [
        (r.customer_id, r.occurred_at.day, r.known_at.day, r.score)
        for r in effective_scores(frame).itertuples()
    ]


def test_measured_scores_pass_through_in_order_of_knowledge() -> None:
    """Without overrides the facts are the rows."""
    rows = _rows(("b", 1, 2, 50, None, None), ("a", 8, 9, 70, None, None),
                 ("a", 1, 2, 60, None, None))  # fmt: skip
    assert _facts(rows) == [("a", 1, 2, 60), ("a", 8, 9, 70), ("b", 1, 2, 50)]


def test_a_score_overtaken_before_it_was_known_never_holds() -> None:
    """Measured on the 1st but known on the 20th, it does not replace the score of the 8th."""
    rows = _rows(("a", 8, 9, 70, None, None), ("a", 1, 20, 10, None, None))
    assert _facts(rows) == [("a", 8, 9, 70)]


def test_an_override_holds_until_it_expires_and_then_the_latest_measure_does() -> None:
    """The score measured under the override waits for the expiry."""
    rows = _rows(("a", 1, 2, 60, 20, 15), ("a", 8, 9, 70, None, None))
    assert _facts(rows) == [("a", 1, 2, 20), ("a", 15, 15, 70)]


def test_what_an_override_put_in_force_is_marked() -> None:
    """From the override to its expiry; one that never was in force marks nothing."""
    rows = _rows(("a", 1, 2, 60, 20, 15), ("a", 8, 9, 70, None, None), ("b", 1, 9, 60, 20, 5))
    assert effective_scores(rows)["is_overridden"].tolist() == [True, False, False]


def test_after_the_expiry_measures_hold_at_once() -> None:
    """An override of the past changes nothing any more."""
    rows = _rows(("a", 1, 2, 60, 20, 5), ("a", 8, 9, 70, None, None))
    assert _facts(rows) == [("a", 1, 2, 20), ("a", 5, 5, 60), ("a", 8, 9, 70)]


def test_a_back_dated_measure_after_the_expiry_is_not_older_than_the_expiry() -> None:
    """Measured on the 8th, known on the 20th: it follows the fact of the 15th."""
    rows = _rows(("a", 1, 2, 60, 20, 15), ("a", 8, 20, 70, None, None))
    assert _facts(rows) == [("a", 1, 2, 20), ("a", 15, 15, 60), ("a", 15, 20, 70)]


def test_an_override_that_was_known_too_late_is_none() -> None:
    """Expired on the 5th, known on the 9th: only the measure counts."""
    assert _facts(_rows(("a", 1, 9, 60, 20, 5))) == [("a", 1, 9, 60)]


def test_an_override_without_expiry_holds_until_the_next_one() -> None:
    """Later measures wait for ever, a later override replaces it."""
    rows = _rows(("a", 1, 2, 60, 20, None), ("a", 8, 9, 70, None, None), ("a", 10, 11, 65, 30, 20))
    assert _facts(rows) == [("a", 1, 2, 20), ("a", 10, 11, 30), ("a", 20, 20, 65)]


def test_no_scores_give_no_facts_of_the_same_types() -> None:
    """A workspace without customer health has an empty table of facts."""
    facts = effective_scores(empty_frame(CUSTOMER_HEALTH))
    assert len(facts) == 0
    assert str(facts["known_at"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0.0, "at_risk"), (39.9, "at_risk"), (40.0, "needs_attention"), (70.0, "healthy"),
     (None, None), (float("nan"), None)],
)  # fmt: skip
def test_segments_begin_at_their_bounds(score: float | None, expected: str | None) -> None:
    """A score on the bound belongs to the better segment; no score, no segment."""
    assert segment(score, HealthConfig()) == expected
