"""The gate on a desk of twenty weeks: altered labels are refused, whoever judges them."""

import pandas as pd
import pytest

from benchmarks.gate import World, fit, flipping, freeze_golden, gate, hiding, make_world, summarise
from models.bundle import ModelBundle
from models.exam_sitting import Label
from models.golden_set import GoldenSet
from models.splits import history_end, training_outcomes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Twenty weeks of the demo desk, thirty trees."""
    return make_world(
        tmp_path_factory.mktemp("world") / "desk", seed=7, trees=30, weeks=20, learned=20
    )


@pytest.fixture(scope="module")
def golden(world: World) -> GoldenSet:
    """Frozen two weeks before the end."""
    return freeze_golden(world, history_end(world.history) - pd.Timedelta(weeks=2))


@pytest.fixture(scope="module")
def champion(world: World, golden: GoldenSet) -> ModelBundle:
    """Trained on that day."""
    return fit(world, golden.frozen_at, number=1, golden=golden)


def test_clean_labels_give_no_alarm(world: World, golden: GoldenSet, champion: ModelBundle) -> None:
    """Retrained two weeks later, nothing speaks against the data or the past."""
    end = history_end(world.history)
    challenger = fit(world, end, number=2, golden=golden, champion=champion)
    assert [check.reason for check in challenger.checks if check.passed is False] == []
    verdict = gate(world, champion, challenger, golden, as_of=end)
    assert [r for r in verdict.reasons if "otherwise now" in r or "altered" in r] == []


@pytest.mark.parametrize("name", ["3 % flipped", "30 % of billing hidden"])
def test_altered_labels_are_refused(
    world: World, golden: GoldenSet, champion: ModelBundle, name: str
) -> None:
    """Judged by clean labels and by the altered ones; the reasons name what is wrong."""
    end = history_end(world.history)
    label: Label = (
        flipping(world, 0.03, seed=1)
        if name == "3 % flipped"
        else hiding(world, 0.3, group="billing", seed=1)
    )
    challenger = fit(world, end, number=3, golden=golden, champion=champion, label=label)
    for judged_by in (training_outcomes, label):
        verdict = gate(world, champion, challenger, golden, as_of=end, label=judged_by)
        assert not verdict.passed
        assert any("altered or hidden" in reason for reason in verdict.reasons)


def test_shares_are_counted_by_kind() -> None:
    """One of two clean ones refused; of the flips both, one of them by its scores."""
    rows = [
        {"kind": "clean", "is_refused": True, "is_refused_by_scores": True},
        {"kind": "clean", "is_refused": False, "is_refused_by_scores": False},
        {"kind": "flips", "is_refused": True, "is_refused_by_scores": True},
        {"kind": "flips", "is_refused": True, "is_refused_by_scores": False},
        {"kind": "hidden", "is_refused": True, "is_refused_by_scores": False},
    ]
    found = summarise(rows)
    assert (found["false_refusals"], found["n_clean"]) == (0.5, 2.0)
    assert (found["flips_refused"], found["flips_refused_by_scores"]) == (1.0, 0.5)
    assert (found["hidden_refused"], found["hidden_refused_by_scores"]) == (1.0, 0.0)
