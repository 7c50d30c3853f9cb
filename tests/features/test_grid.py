"""A search that begins at the grid finds the same rows as one that begins anywhere."""

from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features.arranging import build_stream
from features.grid import build_grid
from features.streams import Hints, Stream

_INSTANTS = st.integers(-40, 40) | st.integers(-(2**50), 2**50)
_FACTS = st.lists(st.tuples(st.integers(-1, 2), _INSTANTS), max_size=150)


def with_grid(stream: Stream) -> Stream:
    """The same stream with a grid, however short its segments are."""
    grid = build_grid(stream.start, stream.at)
    return Stream(stream.start, stream.at, stream.columns, grid)


@given(_FACTS, st.lists(_INSTANTS, max_size=30))
def test_the_grid_does_not_show(facts: list[tuple[int, int]], asked: list[int]) -> None:
    """For every key and none, at, beside and far from every fact; crowds and outliers included."""
    keys, at = (np.array([fact[i] for fact in facts], np.int64) for i in range(2))
    stream = build_stream(keys, at, n_keys=3)
    instants = np.array([*asked, *(a + d for _, a in facts for d in (-1, 0, 1))], np.int64)
    for key in range(-1, 3):
        same = np.full(instants.size, key)
        found = with_grid(stream).last_before(same, instants)
        assert found.tolist() == stream.last_before(same, instants).tolist()


def test_long_segments_get_a_grid_and_short_ones_none() -> None:
    """A hundred facts of one key are worth one; it survives being written."""
    long = build_stream(np.zeros(100, np.int64), np.arange(100) * 10, n_keys=1)
    short = build_stream(np.arange(100), np.arange(100) * 10, n_keys=100)
    assert Stream.from_arrays(short.to_arrays()).grid is None
    grid = Stream.from_arrays(long.to_arrays()).grid
    assert grid is not None
    assert grid.counts[[0, -1]].tolist() == [0, 100]


@given(_FACTS, st.lists(st.tuples(st.integers(-1, 2), _INSTANTS), min_size=3, max_size=60),
       st.randoms())  # fmt: skip
def test_hints_do_not_show(
    facts: list[tuple[int, int]],
    asked: list[tuple[int, int]],
    random: Random,
) -> None:
    """In the order of the instants, in a wrong one, and in memory that was used before."""
    keys, at = (np.array([fact[i] for fact in facts], np.int64) for i in range(2))
    stream = build_stream(keys, at, n_keys=3)
    wanted, instants = (np.array([one[i] for one in asked], np.int64) for i in range(2))
    by_chance = random.sample(range(len(asked)), len(asked))
    hints = Hints()
    for order in (np.argsort(instants), np.array(by_chance)):
        hints.order = order
        found = with_grid(stream).last_before(wanted, instants, hints)
        assert found.tolist() == stream.last_before(wanted, instants).tolist()
        hints.give_back()


def test_what_was_lent_is_not_lent_again_before_it_is_given_back() -> None:
    """Rows that are still read must not be written over."""
    hints = Hints()
    first, second = hints.room(3), hints.room(3)
    assert first is not second
    hints.give_back()
    assert hints.room(4) is not second
    assert hints.room(3) is second
