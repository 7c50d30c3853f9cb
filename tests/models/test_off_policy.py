"""The effect of acting is found where a lottery decided, and only there."""

import numpy as np
import pandas as pd
import pytest

from models.off_policy import effect_of_acting


def picks(n: int, *, effect: float, seed: int = 3) -> pd.DataFrame:
    """Risky tickets are acted upon more often; acting lowers each one's risk by ``effect``."""
    draw = np.random.default_rng(seed)
    is_risky = draw.uniform(0, 1, n) < 0.5
    chance = np.where(is_risky, 0.8, 0.2)
    acts = draw.uniform(0, 1, n) < chance
    risk = np.where(is_risky, 0.8, 0.3) - effect * acts
    return pd.DataFrame(
        {
            "ticket_id": [f"T{i}" for i in range(n)],
            "metric": "resolution",
            "cycle": 1,
            "as_of": pd.Timestamp("2026-03-02", tz="UTC"),
            "arm": np.where(acts, "act", "wait"),
            "propensity": chance,
            "is_breached": (draw.uniform(0, 1, n) < risk).astype(float),
        }
    )


def test_the_true_effect_lies_in_the_interval() -> None:
    """Acting saves .2; compared plainly it would look harmful, for the risky are acted upon."""
    drawn = picks(4000, effect=0.2)
    plain = drawn.groupby("arm")["is_breached"].mean()
    assert plain["act"] > plain["wait"]
    found = effect_of_acting(drawn, most_weight=10)
    assert found["effect"]["low"] < -0.2 < found["effect"]["high"] < 0
    assert found["wait"]["low"] < 0.55 < found["wait"]["high"]


def test_no_effect_is_not_made_up() -> None:
    """The interval holds zero where acting does nothing."""
    found = effect_of_acting(picks(4000, effect=0.0), most_weight=10)
    assert found["effect"]["low"] < 0 < found["effect"]["high"]


def test_too_few_picks_give_no_estimate() -> None:
    """It says how many there are, and how many are needed."""
    found = effect_of_acting(picks(30, effect=0.2), most_weight=10)
    assert found["effect"] is None
    assert "20 of either" in found["note"]
    nothing = effect_of_acting(picks(30, effect=0.2).iloc[:0], most_weight=10)
    assert (nothing["n_act"], nothing["n_wait"]) == (0, 0)


def test_a_clock_counts_by_its_first_pick() -> None:
    """The same pick told again changes nothing."""
    drawn = picks(500, effect=0.2)
    later = drawn.assign(as_of=pd.Timestamp("2026-03-03", tz="UTC"), arm="wait", is_breached=1.0)
    once = effect_of_acting(drawn, most_weight=10)
    twice = effect_of_acting(pd.concat([later, drawn]), most_weight=10)
    assert twice["effect"]["value"] == pytest.approx(once["effect"]["value"])
