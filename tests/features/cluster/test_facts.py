"""Shares of a stream, put together, are the stream."""

import numpy as np
import pytest

from features.arranging import build_stream
from features.cluster.facts import carry_of, facts_of, join_facts, merge_facts
from features.rated import rated_stream
from features.streams import Stream
from forewarn.errors import DataError
from forewarn.sla.openings import NAT

KEYS = np.array([0, 1, 0, 0, 1])
AT = np.array([1, 2, 4, 4, 9])
CHANGE = np.array([1, 1, 1, -1, 1], np.int32)
NOBODY = np.empty(0, np.int64)


def load(keys: np.ndarray, at: np.ndarray, change: np.ndarray) -> Stream:
    """Open tickets by key, their area over time, and the latest arrival."""
    stream = build_stream(keys, at, n_keys=2, sums={"n_open": change})
    area, latest = np.zeros(stream.at.size, np.int64), np.full(stream.at.size, NAT)
    for row in range(stream.at.size):
        if stream.at[row] == NAT:
            continue
        passed = 0 if stream.at[row - 1] == NAT else stream.at[row] - stream.at[row - 1]
        area[row] = area[row - 1] + stream.columns["n_open"][row - 1] * passed
        came = stream.columns["n_open"][row] > stream.columns["n_open"][row - 1]
        latest[row] = stream.at[row] if came else latest[row - 1]
    columns = {**stream.columns, "open_time": area, "arrived_at": latest}
    return Stream(stream.start, stream.at, columns)


def test_two_shares_are_the_whole() -> None:
    """Of key 0: one ticket from 1, another comes and goes at 4: an area of 3 up to there."""
    shares = [facts_of(load(KEYS[i::2], AT[i::2], CHANGE[i::2]), "load") for i in range(2)]
    merged = merge_facts(join_facts(shares), shares[0].take(NOBODY), n_keys=2)
    last = merged.start[1:3] - 1
    assert merged.columns["n_open"][last].tolist() == [1, 2]
    assert merged.columns["open_time"][last].tolist() == [3, 7]
    assert merged.columns["arrived_at"][last].tolist() == [4, 9]
    assert merged.columns["rank"][last].tolist() == [3, 2]


def test_what_is_carried_stands_for_all_that_went_before() -> None:
    """Key 1 has had one open ticket since 2; the next slice sees only the fact at 9."""
    facts = facts_of(load(KEYS, AT, CHANGE), "load")
    early, late = (facts.take(np.flatnonzero(part)) for part in (facts.at < 5, facts.at >= 5))
    first = merge_facts(early, early.take(NOBODY), n_keys=2)
    carried = carry_of(first, early, np.array([1]))
    second = merge_facts(late, carried, n_keys=2)
    row = second.start[2] - 1
    columns = ("n_open", "open_time", "arrived_at", "rank")
    assert [second.columns[name][row] for name in columns] == [2, 7, 9, 2]


def test_floats_are_summed_in_one_order() -> None:
    """0.1 + 0.2 + 0.7 is 1, and 0.7 + 0.2 + 0.1 is 0.9999999999999999."""
    values = np.array([0.7, 0.1, 0.2])
    keys, at = np.zeros(3, np.int64), np.full(3, 5)
    whole = rated_stream(keys, at, values, n_keys=1, column="rating")
    shares = [
        facts_of(rated_stream(keys[i:j], at[i:j], values[i:j], n_keys=1, column="rating"), "csat")
        for i, j in ((0, 1), (1, 3))
    ]
    merged = merge_facts(join_facts(shares), shares[0].take(NOBODY), n_keys=1)
    assert merged.columns["rating"][3] == whole.columns["rating"][3] == 1.0


@pytest.mark.parametrize(
    ("column", "complaint"),
    [
        (np.array([np.nan, 1.0, np.nan]), "holds states, not sums"),
        (np.array([0.0, 0.25, 0.0]), "sums fractions"),
        (np.array([NAT, 5, NAT]), None),
    ],
)
def test_columns_that_cannot_be_put_together_are_refused(
    column: np.ndarray, complaint: str | None
) -> None:
    """The message names the stream and the column."""
    stream = Stream(np.array([0, 2, 3]), np.array([NAT, 1, NAT]), {"mood": column})
    if complaint is None:
        assert facts_of(stream, "health").latest["mood"].tolist() == [5]
        return
    with pytest.raises(DataError, match=f"'health/mood' {complaint}"):
        facts_of(stream, "health")
