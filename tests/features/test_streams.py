"""Facts strictly before an instant, and sums that know only their own past."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.arranging import build_stream, build_sums
from features.streams import Stream
from forewarn.sla.openings import NAT


def ints(*values: int) -> np.ndarray:
    """Integers of 64 bits."""
    return np.array(values, np.int64)


def two_keys() -> Stream:
    """Key 0: facts at 10 (5.0), 20 (7.0), 20 (1.0); key 1: none; key 2: one at 15 (3.0)."""
    return build_stream(
        ints(0, 2, 0, 0),
        ints(20, 15, 10, 20),
        n_keys=3,
        sums={"value": np.array([7.0, 3.0, 5.0, 1.0])},
        states={"name": np.array([1, 2, 3, 4], np.int32)},
    )


def test_a_fact_at_the_instant_itself_is_not_seen() -> None:
    """Facts count from just after their instant on."""
    rows = two_keys().last_before(ints(0, 0, 0, 0), ints(10, 11, 20, 21))
    assert two_keys().columns["value"].take(rows).tolist() == [0.0, 5.0, 5.0, 13.0]


def test_facts_of_one_instant_keep_their_order() -> None:
    """The one given last is the latest."""
    rows = two_keys().last_before(ints(0), ints(21))
    assert two_keys().columns["name"].take(rows).tolist() == [4]


def test_before_any_fact_stands_the_root() -> None:
    """The root has no instant, no state and sums of nothing."""
    stream = two_keys()
    rows = stream.last_before(ints(0, 1, 2), ints(10, 99, 15))
    assert stream.at.take(rows).tolist() == [NAT, NAT, NAT]
    assert stream.columns["name"].take(rows).tolist() == [-1, -1, -1]
    assert stream.columns["value"].take(rows).tolist() == [0.0, 0.0, 0.0]


def test_no_key_has_no_facts() -> None:
    """An observation without a customer sees nothing, whatever the other keys hold."""
    stream = two_keys()
    rows = stream.last_before(ints(-1), ints(99))
    assert rows.tolist() == stream.root(ints(-1)).tolist()
    assert stream.at.take(rows).tolist() == [NAT]


def test_facts_without_a_key_are_left_out() -> None:
    """They would otherwise count for nobody or for everybody."""
    stream = build_stream(ints(-1, 0), ints(5, 6), n_keys=1)
    assert stream.at.tolist() == [NAT, 6, NAT]


def test_an_empty_stream_answers() -> None:
    """No facts and no keys are no error."""
    stream = build_stream(ints(), ints(), n_keys=0)
    assert stream.last_before(ints(-1), ints(7)).tolist() == [0]


def test_a_key_that_does_not_exist_is_refused() -> None:
    """Writing beyond the arrays would corrupt memory silently."""
    with pytest.raises(ValueError, match="found 3 to 3"):
        build_stream(ints(3), ints(1), n_keys=3)


def test_many_keys_with_large_instants_do_not_overflow() -> None:
    """100,000 keys with instants of this century: one composite number of both would overflow."""
    keys = np.arange(100_000)
    at = 1_800_000_000_000_000 + keys
    stream = build_stream(keys, at, n_keys=100_000)
    rows = stream.last_before(keys, at + 1)
    assert (stream.at.take(rows) == at).all()
    assert (stream.at.take(stream.last_before(keys, at)) == NAT).all()


FACTS = st.lists(st.tuples(st.integers(-1, 3), st.integers(0, 20), st.integers(-9, 9)), max_size=40)
ASKED = st.tuples(st.integers(-1, 3), st.integers(-1, 22), st.integers(0, 10))


@given(FACTS, ASKED)
def test_a_window_holds_what_a_plain_loop_finds(
    facts: list[tuple[int, int, int]], asked: tuple[int, int, int]
) -> None:
    """Count and sum of [t - w, t) equal those of a loop over all facts."""
    keys, at, values = (np.array([f[i] for f in facts], np.int64) for i in range(3))
    stream = build_stream(keys, at, n_keys=4, sums={"value": values.astype(np.float64)})
    key, instant, window = asked
    now = stream.last_before(ints(key), ints(instant))
    then = stream.last_before(ints(key), ints(instant - window))
    found = [v for k, t, v in facts if k == key >= 0 and instant - window <= t < instant]
    assert (now - then).tolist() == [len(found)]
    assert (stream.numbers("value", now) - stream.numbers("value", then)).tolist() == [sum(found)]


@given(FACTS, FACTS)
def test_later_facts_and_other_keys_change_no_sum(
    facts: list[tuple[int, int, int]], more: list[tuple[int, int, int]]
) -> None:
    """A sum depends on earlier facts of its own key only, to the last bit."""
    later = [(k, t + 20, v * 1e15) for k, t, v in more]

    def sums(every: list[tuple[int, int, float]]) -> list[float]:
        keys, at = (np.array([f[i] for f in every], np.int64) for i in range(2))
        values = np.array([f[2] / 7 for f in every], np.float64)
        stream = build_stream(keys, at, n_keys=4, sums={"value": values})
        rows = stream.last_before(np.arange(4), np.full(4, 20))
        return stream.numbers("value", rows).tolist()

    early = [(k, t, float(v)) for k, t, v in facts]
    assert sums(early) == sums([*later, *early])


@given(st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 9)), max_size=30))
def test_sums_of_facts_in_order_are_those_of_any_facts(facts: list[tuple[int, int]]) -> None:
    """In one pass as by sorting; facts without a key are left out."""
    keys = np.array([key for key, _ in facts], np.int64)
    at = np.sort(np.array([instant for _, instant in facts], np.int64))
    sums = np.stack([np.arange(at.size), np.ones(at.size)]).astype(np.int32)
    expected = build_stream(keys, at, n_keys=3, sums={"a": sums[0], "b": sums[1]})
    start, placed, summed = build_sums(keys, at, sums, n_keys=3)
    assert start.tolist() == expected.start.tolist()
    assert placed.tolist() == expected.at.tolist()
    assert [row.tolist() for row in summed] == [expected.columns[c].tolist() for c in "ab"]


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float64])
def test_growth_is_the_difference_of_two_rows(dtype: type) -> None:
    """Whatever a column's numbers are."""
    column = np.array([0, 3, 5, 9], dtype)
    stream = Stream(ints(0, 4), ints(NAT, 1, 2, 3), {"n": column})
    assert stream.grown("n", ints(3, 2, 2), ints(1, 0, 2)).tolist() == [6.0, 5.0, 0.0]


def test_growth_of_a_sum_that_wrapped_around_is_exact() -> None:
    """Sums of microseconds may leave the range of int64; differences stay in it."""
    most = np.iinfo(np.int64).max
    stream = Stream(ints(0, 2), ints(NAT, 1), {"time": ints(most - 1, most - 1) + ints(0, 5)})
    assert stream.grown("time", ints(1), ints(0)).tolist() == [5.0]
