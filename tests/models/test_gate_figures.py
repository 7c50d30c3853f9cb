"""Two models on the same tickets: which difference is noise, and which is not."""

import numpy as np
import pandas as pd
import pytest

from forewarn.config.watching import PromotionConfig
from models.gate_figures import compare_with_champion, compare_with_prior
from models.gate_rows import Contest
from models.gate_segments import check_bias, check_slices

SETTINGS = PromotionConfig()


def contest(n: int = 2000, *, seed: int = 1) -> Contest:
    """A ticket per row, 20 a day, from 0.05 to 0.95 at risk; both models know the risk."""
    draw = np.random.default_rng(seed)
    risk = draw.uniform(0.05, 0.95, n)
    rows = pd.DataFrame(
        {
            "ticket": range(n),
            "landmark": "opening",
            "as_of": pd.Timestamp("2026-01-05T09:00Z") + pd.to_timedelta(np.arange(n) // 20, "D"),
            "is_breached": (draw.uniform(0, 1, n) < risk).astype(float),
            "champion": risk,
            "challenger": risk,
            "prior": 0.5,
            "is_fair": True,
        }
    )
    groups = np.array(["net", "mail", "desk", "phone"])[np.arange(n) % 4]
    segments = pd.DataFrame({"group": groups, "landmark": "opening", "risk": "any"})
    return Contest(rows, segments)


def with_challenger(given: Contest, probability: np.ndarray) -> Contest:
    """The same contest, another challenger."""
    return Contest(given.rows.assign(challenger=probability), given.segments)


def risk_of(given: Contest) -> np.ndarray:
    """What the champion says."""
    return given.rows["champion"].to_numpy(float)


def test_an_equal_challenger_passes_everything() -> None:
    """Nothing is refused where nothing is worse."""
    same = contest()
    for check in (compare_with_champion, compare_with_prior, check_slices, check_bias):
        assert check(same, metric="resolution", settings=SETTINGS).passed, check


def test_what_passed_tells_figure_and_bound() -> None:
    """All figures of equal models differ by nothing; each stands beside what is allowed."""
    given, told = contest(), {"metric": "resolution", "settings": SETTINGS}
    same = "+0.0000, +0.0000 to +0.0000"
    champion = compare_with_champion(given, **told).reason
    assert f"(difference {same}; +0.005 allowed, promotion.brier_margin)" in champion
    assert f"AUC difference {same} (-0.02 allowed, promotion.auc_margin)" in champion
    assert compare_with_prior(given, **told).reason.endswith("the prior's 0.2500 (less is needed)")
    assert check_slices(given, **told).reason == (
        "resolution: of 5 large slices none is worse beyond noise (30% allowed, "
        "promotion.slice_bound)"
    )
    bias = check_bias(given, **told).reason
    assert "(0.08 further off allowed, promotion.bias); none of 6 segments is further" in bias
    assert bias.endswith("(25% allowed, promotion.segment_bias)")


def test_the_worst_that_passed_is_named() -> None:
    """Of group net three tenths less are foretold, beyond noise; wide bounds let it pass."""
    given = contest(8000)
    is_net = (given.segments["group"] == "net").to_numpy()
    low = with_challenger(given, risk_of(given) * np.where(is_net, 0.7, 1.0))
    wide = SETTINGS.model_copy(update={"bias": 1.0, "segment_bias": 0.9, "slice_bound": 0.9})
    assert "of 5 large slices group net is worst, by" in (
        check_slices(low, metric="resolution", settings=wide).reason
    )
    assert "segments group net is furthest off, by" in (
        check_bias(low, metric="resolution", settings=wide).reason
    )


def test_a_challenger_that_guesses_is_worse_beyond_noise() -> None:
    """Its probabilities are shuffled: worse than the champion and than the prior."""
    given = contest()
    shuffled = np.random.default_rng(2).permutation(risk_of(given))
    worse = with_challenger(given, shuffled)
    check = compare_with_champion(worse, metric="resolution", settings=SETTINGS)
    assert check.passed is False
    assert check.figures["brier_difference"]["low"] > 0.05
    assert "worse beyond noise" in check.reason
    prior = compare_with_prior(worse, metric="resolution", settings=SETTINGS)
    assert prior.passed is False
    assert "no better than the prior" in prior.reason


def test_a_little_worse_is_noise() -> None:
    """Probabilities that waver by three points are within what retraining varies."""
    given = contest()
    wavering = risk_of(given) + np.random.default_rng(2).normal(0, 0.03, 2000)
    other = with_challenger(given, np.clip(wavering, 0, 1))
    assert compare_with_champion(other, metric="resolution", settings=SETTINGS).passed


def test_too_few_tickets_are_no_comparison() -> None:
    """199 are refused, and the words say how many are needed."""
    few = contest().part(np.arange(2000) < 199)
    check = compare_with_champion(few, metric="resolution", settings=SETTINGS)
    assert check.passed is False
    assert "only 199 decided tickets" in check.reason
    assert "promotion.minimum_tickets" in check.reason


def test_bias_overall_is_refused() -> None:
    """Everything 10 points too high hardly changes the order, and is seen all the same."""
    given = contest()
    check = check_bias(
        with_challenger(given, np.clip(risk_of(given) + 0.1, 0, 1)),
        metric="resolution",
        settings=SETTINGS,
    )
    assert check.passed is False
    assert "biased overall" in check.reason


def test_a_segment_whose_breaches_are_not_foretold_is_refused() -> None:
    """Of one group of four a half is foretold; the whole is off by an eighth, the group is named.

    The overall bound is lifted, so that the segment alone is judged.
    """
    given = contest(4000)
    is_net = (given.segments["group"] == "net").to_numpy()
    hidden = with_challenger(given, risk_of(given) * np.where(is_net, 0.5, 1.0))
    lifted = SETTINGS.model_copy(update={"bias": 1.0})
    check = check_bias(hidden, metric="resolution", settings=lifted)
    assert check.passed is False
    assert "of group net" in check.reason
    slices = check_slices(hidden, metric="resolution", settings=SETTINGS)
    assert slices.passed is False
    assert "Brier of group net" in slices.reason


@pytest.mark.parametrize("bias", [0.1, -0.1])
def test_a_bias_that_the_champion_shares_is_no_reason(bias: float) -> None:
    """A month that is harder, or easier, for both speaks against neither."""
    given = contest()
    off = np.clip(risk_of(given) + bias, 0, 1)
    both = Contest(given.rows.assign(champion=off, challenger=off), given.segments)
    assert check_bias(both, metric="resolution", settings=SETTINGS).passed
