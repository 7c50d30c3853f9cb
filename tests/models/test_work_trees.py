"""Work from trees: kept where surely better, calibrated, without length bias, as text."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from forewarn.errors import ModelError
from models.bundle import ModelBundle, bundle_files, bundle_from_files, replay_golden
from models.calibration import sure_gain
from models.golden import choose_golden_work
from models.work import WorkModel, assumed_work
from models.work_averages import Minutes
from models.work_judge import choose_trees, judge, log_loss
from models.work_rows import WorkRows, patience_of

DAY = 86_400_000_000


def worked(*, seed: int, signal: float, n: int = 3000) -> tuple[WorkRows, pd.DataFrame]:
    """Tickets of one touch in one group; a category doubles or halves their minutes."""
    draw = np.random.default_rng(seed)
    kind = draw.choice(["easy", "hard"], n)
    minutes = np.exp(3.0 + signal * (kind == "hard") + draw.normal(0, 0.5, n))
    created = np.arange(n, dtype=np.int64) * DAY // 20
    rows = pd.DataFrame(
        {
            "ticket": np.arange(n),
            "clock": np.arange(n),
            "as_of": pd.to_datetime(created, unit="us", utc=True).as_unit("us"),
            "created_at": created,
            "group_id": "a",
            "done": 0,
            "remaining": minutes,
            "next_touch": minutes,
            "reply": np.nan,
        }
    )
    features = pd.DataFrame(
        {
            "ticket_group": pd.Categorical(["a"] * n),
            "ticket_assignments": 0.0,
            "ticket_agent_replies": 0.0,
            "ticket_category": pd.Categorical(kind),
            "ticket_noise": draw.normal(0, 1, n),
        }
    )
    return WorkRows(rows, rows, 5 * DAY, 0.01), features


@pytest.fixture(scope="module")
def learned() -> tuple[WorkModel, pd.DataFrame]:
    """A model of tickets whose category matters, and their features."""
    rows, features = worked(seed=3, signal=1.2)
    return choose_trees(assumed_work("averages"), rows, features, seed=1), features


def test_a_planted_signal_is_found(learned: tuple[WorkModel, pd.DataFrame]) -> None:
    """Log minutes of 3 and 4.2 with a spread of .5, where the averages know one group."""
    model, features = learned
    assert sorted(model.trees) == ["next_touch", "remaining"]
    told = model.for_tickets(features).remaining
    for kind, log_mean, expected in (("easy", 3.0, 22.8), ("hard", 4.2, 75.6)):
        rows = (features["ticket_category"] == kind).to_numpy()
        assert told.log_mean[rows].mean() == pytest.approx(log_mean, abs=0.05)
        assert told.log_sigma[rows].mean() == pytest.approx(0.5, abs=0.05)
        assert told.expected[rows].mean() == pytest.approx(expected, rel=0.05)


def test_the_note_says_what_was_kept_and_why(learned: tuple[WorkModel, pd.DataFrame]) -> None:
    """People read of both log-losses, of the interval's coverage, and of who was learned from."""
    model, _ = learned
    assert "remaining: trees (later window: log-loss" in model.note
    assert "reply: averages (too few touches to judge by)" in model.note
    assert "arrived at least 5.0 days before the cutoff (1.0% of those" in model.note
    figures = model.judged["remaining"]
    assert figures["trees"]["coverage"] == pytest.approx(0.8, abs=0.05)
    assert figures["trees"]["bias"] == pytest.approx(1.0, abs=0.08)
    assert figures["gain_low"] > 0


def test_without_a_signal_the_averages_stay() -> None:
    """The category says nothing: trees are not surely better on the later window."""
    rows, features = worked(seed=4, signal=0.0)
    model = choose_trees(assumed_work("averages"), rows, features, seed=1)
    assert model.trees == {}
    assert "remaining: averages, trees were not surely better" in model.note


def test_few_touches_are_not_tried() -> None:
    """Below 600 touches nothing can be judged on a later window."""
    rows, features = worked(seed=4, signal=2.0, n=500)
    model = choose_trees(assumed_work("averages"), rows, features, seed=1)
    assert model.trees == {}
    assert "fewer than 600 touches: trees were not tried" in model.note


def test_patience_counts_those_who_still_wait() -> None:
    """98 tickets over after a day, two open since ten: the quick ones alone would say a day.

    At the age of one day 2 of 100 are left, which is the share that may be left open.
    With three of them open that is never reached, and half of the time stands in.
    """
    created = np.zeros(100, np.int64)
    ended = np.full(100, DAY)
    ended[:2] = np.iinfo(np.int64).max
    assert patience_of(created, ended, cutoff=10 * DAY) == DAY
    ended[:3] = np.iinfo(np.int64).max
    assert patience_of(created, ended, cutoff=10 * DAY) == 5 * DAY
    assert patience_of(created[:0], ended[:0], cutoff=10 * DAY) == 0


def test_judging_by_hand() -> None:
    """Two rows told 10 minutes, sigma 1: truth 10 and 40 has mean 25; one lies outside 80 %."""
    told = Minutes(np.full(2, 10.0), np.log([10.0, 10.0]), np.ones(2))
    truth = np.array([10.0, 40.0])
    found = judge(told, truth)
    assert found.bias == pytest.approx(0.4)
    assert found.coverage == 0.5
    assert found.log_error == pytest.approx(0.6931, abs=1e-4)
    assert log_loss(told, truth)[0] == pytest.approx(3.2215, abs=1e-4)
    assert sure_gain(np.array([1.0, 1.0, 1.0]), np.arange(3)) == 1.0


def test_golden_rows_of_work_must_repeat(
    bundle: ModelBundle, learned: tuple[WorkModel, pd.DataFrame]
) -> None:
    """Texts and JSON bring the estimates back to the bit; another model is refused."""
    model, features = learned
    golden = choose_golden_work(model, features, seed=1)
    whole = replace(bundle, work=model, golden_work=golden)
    files = bundle_files(whole)
    back = bundle_from_files(files)
    replay_golden(back)
    before, after = (m.for_tickets(features).remaining for m in (model, back.work))
    assert np.array_equal(before.expected, after.expected)
    files["work.json"] = files["work.json"].replace('"slope": ', '"slope": 1.001e0, "was": ')
    with pytest.raises(ModelError, match="work: refused, the model does not repeat"):
        replay_golden(bundle_from_files(files))


def test_same_seed_same_trees() -> None:
    """Twice from the same rows: the same texts."""
    rows, features = worked(seed=5, signal=1.0, n=1600)
    twice = [choose_trees(assumed_work("a"), rows, features, seed=1).texts() for _ in range(2)]
    assert twice[0] == twice[1]
    assert twice[0]
