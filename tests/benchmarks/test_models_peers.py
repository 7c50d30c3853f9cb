"""Every peer learns a planted signal, and chooses its settings on a later lesson."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.models_boosted import MOST_ROUNDS
from benchmarks.models_lesson import Lesson, categories, levels_of, texts
from benchmarks.models_peers import PEERS
from models.metrics import roc_auc

AMBER = pd.DataFrame({"group": pd.Categorical(["amber", None, "blue"])})


def _lesson(n: int, *, seed: int) -> Lesson:
    """Breaches depend on a number and a category; some values and a whole column are missing."""
    draw = np.random.default_rng(seed)
    number, group = draw.normal(size=n), draw.choice(["amber", "blue", "coral"], n)
    score = 2 * number + 2 * (group == "blue") - 1
    truth = (draw.uniform(size=n) < 1 / (1 + np.exp(-score))).astype(float)
    gone = draw.uniform(size=n) < 0.05
    features = pd.DataFrame(
        {
            "number": np.where(gone, np.nan, number),
            "group": pd.Categorical(np.where(gone[::-1], None, group)),
            "nothing": np.nan,
            "noise": draw.normal(size=n),
        }
    )
    return Lesson(features, truth, np.arange(n) // 2)


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_learns_and_repeats_itself(name: str) -> None:
    """Fresh rows are ranked well; the same seed gives the same answers, another one others."""
    before, after, fresh = (_lesson(n, seed=n) for n in (900, 500, 700))
    peer = PEERS[name]
    settings = peer.choose(before, after)
    first, again, other = (peer.fit(before, settings, s)(fresh.features) for s in (1, 1, 2))
    assert roc_auc(fresh.truth, first) > 0.8
    assert ((first > 0) & (first < 1)).all()
    np.testing.assert_array_equal(first, again)
    assert peer.is_seeded == bool((first != other).any())
    assert settings.get("rounds", 1) < MOST_ROUNDS


@pytest.mark.parametrize("name", PEERS)
def test_a_category_never_seen_is_no_error(name: str) -> None:
    """A new group, or none, is scored like any other row."""
    before = _lesson(400, seed=4)
    settings = {"rounds": 5, "max_depth": 3, "num_leaves": 7, "leaf": 10, "C": 0.1, "is_native": 1}
    rows = before.features.head(3).assign(group=pd.Categorical(["new", None, "blue"]))
    assert np.isfinite(PEERS[name].fit(before, settings, 1)(rows)).all()


def test_texts_have_a_value_for_what_is_missing() -> None:
    """A missing category is the empty text."""
    assert texts(AMBER, ["group"])["group"].tolist() == ["amber", "", "blue"]


def test_levels_are_those_of_the_lesson() -> None:
    """What the lesson did not hold is null later."""
    levels = levels_of(AMBER, ["group"])
    later = pd.DataFrame({"group": ["blue", "coral", None]})
    assert list(levels["group"]) == ["amber", "blue"]
    assert categories(later, levels)["group"].cat.codes.tolist() == [1, -1, -1]


def test_a_lesson_tells_numbers_from_categories() -> None:
    """By their types; a small table is fitted by one thread."""
    lesson = _lesson(10, seed=1)
    assert lesson.codes == ["group"]
    assert lesson.numbers == ["number", "nothing", "noise"]
    assert lesson.threads == 1
