"""Parts stay unless they surely harm, and one joins only where it surely helps."""

import numpy as np

from models.blending import Judged, choose_parts

N = 3000


def judged_and_signal() -> tuple[Judged, np.ndarray]:
    """One observation per ticket, and the log-odds that made its outcome."""
    draw = np.random.default_rng(2)
    signal = draw.normal(0, 1.5, N)
    truth = (draw.random(N) < 1 / (1 + np.exp(-signal))).astype(float)
    return Judged(truth, np.zeros(N, np.int64), np.arange(N)), signal


def test_a_part_that_surely_harms_leaves() -> None:
    """One that foretells the opposite."""
    judged, signal = judged_and_signal()
    kept, losses = choose_parts({"trees": signal, "logistic": -signal}, judged)
    assert kept == ("trees",)
    assert losses["logistic"] > losses["trees"]


def test_what_is_much_the_same_stays() -> None:
    """Noise alone tells two good parts apart."""
    judged, signal = judged_and_signal()
    noise = np.random.default_rng(3).normal(0, 0.3, (2, N))
    kept, _ = choose_parts({"trees": signal + noise[0], "hazard": signal + noise[1]}, judged)
    assert kept == ("trees", "hazard")


def test_a_part_on_proof_joins_where_it_surely_helps() -> None:
    """The others see half of the signal, it sees all."""
    judged, signal = judged_and_signal()
    noise = np.random.default_rng(3).normal(0, 1.5, N)
    kept, losses = choose_parts({"trees": signal / 2 + noise, "code_trees": signal}, judged)
    assert kept == ("trees", "code_trees")
    assert losses["trees + code_trees"] < losses["trees"]


def test_a_part_on_proof_stays_out_where_it_brings_nothing() -> None:
    """The same again, or worse, is no proof."""
    judged, signal = judged_and_signal()
    noise = np.random.default_rng(3).normal(0, 0.3, N)
    for found in (signal, signal + noise):
        kept, _ = choose_parts({"trees": signal, "code_trees": found}, judged)
        assert kept == ("trees",)


def test_a_part_on_proof_serves_where_there_is_no_other() -> None:
    """Whoever configures it alone gets it."""
    judged, signal = judged_and_signal()
    assert choose_parts({"code_trees": signal}, judged)[0] == ("code_trees",)
