"""The benchmark of single pairs asks every peer, and tells right from wrong."""

import datetime as dt

import numpy as np
import pytest

from benchmarks import clock_pairs
from benchmarks.clock_pairs import compare_pairs
from benchmarks.record import Measured


@pytest.fixture(scope="module")
def measured() -> Measured:
    """A few pairs for everybody."""
    return compare_pairs(n_pairs=200, seconds_each=0.1)


def test_every_peer_answers_or_says_why_not(measured: Measured) -> None:
    """A peer that does not run with these libraries is told, and has no ratio."""
    figures, peers = measured.figures, measured.details
    for name, peer in peers.items():
        assert (peer["answered"] == 0) == (peer["fault"] is not None), name
    assert figures["elapsed_pairs_per_second"] > 0
    assert figures["deadline_pairs_per_second"] > 0


def test_peers_agree_where_they_are_right(measured: Measured) -> None:
    """Lunch break and holidays; whole days; whole hours: the same to the second."""
    for name in ("elapsed_businesstimedelta", "deadline_businesstimedelta", "deadline_pandas"):
        assert measured.details[name]["wrong"] == 0, measured.details[name]


def test_a_wrong_answer_is_counted_and_a_failing_peer_is_told() -> None:
    """One hour instead of two; and a peer that cannot be set up."""
    start, length, right = (np.array([n]) for n in (1_672_531_200, 7200, 7200))

    def one_hour(_start: dt.datetime, _length: int) -> float:
        return 3600.0

    def broken() -> clock_pairs.Answer:
        raise ImportError("no such peer")

    wrong = clock_pairs._ask(lambda: one_hour, start, length, right, 1.0)
    assert (wrong.answered, wrong.wrong, wrong.fault) == (1, 1, None)
    assert clock_pairs._ask(broken, start, length, right, 1.0).fault == "ImportError: no such peer"
