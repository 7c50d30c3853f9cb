"""Segments: how far probabilities lie from what came, and when that is no chance."""

import numpy as np
import pandas as pd
import pytest

from models.segments import bands, contradicted, gaps, levelled, overall


def rows_of(breached: list[float], *, per_day: int = 10) -> pd.DataFrame:
    """One ticket per row, so many per day."""
    day = pd.Timestamp("2026-03-02T09:00Z")
    ticket = np.arange(len(breached))
    as_of = [day + pd.Timedelta(days=int(t) // per_day) for t in ticket]
    return pd.DataFrame({"ticket": ticket, "as_of": as_of, "is_breached": breached})


def test_a_segment_tells_expected_and_observed() -> None:
    """200 tickets at .5 of which 50 breached: bias +.25, half of what was foretold too much."""
    rows = rows_of([1.0, 0.0, 0.0, 0.0] * 50)
    segments = pd.DataFrame({"group": ["net"] * 200})
    (gap,) = gaps(rows, np.full(200, 0.5), segments)
    assert (gap.name, gap.n_tickets, gap.expected, gap.observed) == ("group net", 200, 100.0, 50.0)
    assert (gap.bias, gap.excess) == (0.25, 0.5)


def test_small_segments_are_not_looked_at() -> None:
    """99 tickets are too few, 100 are not; nor are segments where next to nothing breaches."""
    rows = rows_of([1.0, 0.0] * 150)
    names = ["few"] * 99 + ["enough"] * 100 + ["calm"] * 101
    rows.loc[199:, "is_breached"] = 0.0
    probability = np.where(np.arange(300) < 199, 0.5, 0.01)
    found = gaps(rows, probability, pd.DataFrame({"group": names}))
    assert [gap.value for gap in found] == ["enough"]


def test_a_bad_day_is_one_piece_of_evidence() -> None:
    """Ten breaches on one day weigh less than ten on ten days, for they have one cause."""
    spread = [1.0 if t % 10 == 0 else 0.0 for t in range(100)]
    at_once = [1.0 if t < 10 else 0.0 for t in range(100)]
    probability = np.full(100, 0.02)
    assert overall(rows_of(spread), probability).z == pytest.approx(-8 / 3)
    assert overall(rows_of(at_once), probability).z == pytest.approx(-8 / 90**0.5)


def test_contradictions_are_counted_where_the_model_is_sure() -> None:
    """Of four sure rows one is the opposite; the unsure one does not count."""
    rows = rows_of([1.0, 0.0, 1.0, 1.0, 0.0])
    found = contradicted(rows, np.array([0.01, 0.01, 0.99, 0.99, 0.5]), sure=0.05)
    assert found is not None
    assert (found.n, found.observed) == (4, 1.0)
    assert found.expected == pytest.approx(0.04)
    assert contradicted(rows, np.full(5, 0.5), sure=0.05) is None


def test_levelled_probabilities_foretell_what_came() -> None:
    """Two breaches of four where one was foretold: every probability doubles, to 1 at most."""
    given = levelled(rows_of([1.0, 1.0, 0.0, 0.0]), np.array([0.1, 0.2, 0.1, 0.6]))
    assert given == pytest.approx([0.2, 0.4, 0.2, 1.0])


def test_bands_of_risk_have_names() -> None:
    """The border belongs to the band below it."""
    assert bands(np.array([0.02, 0.05, 0.95])).tolist() == ["up to 2 %", "up to 10 %", "over 90 %"]
