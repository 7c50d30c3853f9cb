"""Customer models: planted trouble is found, the embargo holds, kinds are chosen before."""

import json

import numpy as np
import pandas as pd
import pytest

from forewarn.errors import ModelError
from models.customer_fit import (
    BREACHES,
    ESCALATION,
    choose_model,
    foretell,
    precision_at,
    volume_of,
)
from models.customer_model import CustomerModel, fit_customer_model
from models.customer_weeks import (
    OPEN_COLUMNS,
    CustomerWeeks,
    is_known,
    sum_open,
    trouble_metrics,
    weekly_cuts,
)

END = pd.Timestamp("2026-06-01", tz="UTC")


def planted(*, seed: int, signal: float = 2.0) -> tuple[CustomerWeeks, np.ndarray]:
    """Forty customers in twenty weeks; trouble follows the open risk, not the volume."""
    draw = np.random.default_rng(seed)
    cuts = weekly_cuts(first=END - pd.Timedelta(weeks=20), last=END - pd.Timedelta(weeks=1))
    n = 40 * len(cuts)
    risk = draw.gamma(1.0, 1.0, n)
    chance = 1 / (1 + np.exp(2.5 - signal * np.log1p(risk)))
    features = pd.DataFrame(
        {
            "customer_tickets_28d": draw.poisson(8, n).astype(float),
            "open_risk": risk,
            "health_score": np.where(draw.random(n) < 0.2, np.nan, draw.uniform(20, 90, n)),
            "health_segment": pd.Categorical(["healthy"] * n),
        }
    )
    rows = pd.DataFrame(
        {"customer": np.tile(np.arange(40), len(cuts)), "as_of": np.repeat(cuts, 40)}
    )
    return CustomerWeeks(rows, features), (draw.random(n) < chance).astype(float)


@pytest.mark.parametrize("kind", ["logistic", "trees"])
def test_json_and_text_bring_the_model_back(kind: str) -> None:
    """Read back, it gives the same chances to the bit; missing values and all."""
    weeks, happened = planted(seed=2)
    model = fit_customer_model(weeks.features, happened, event=BREACHES, kind=kind, seed=1)  # type: ignore[arg-type]
    back = CustomerModel.from_json(json.loads(json.dumps(model.to_json())), trees=model.trees)
    chances = model.probabilities(weeks.features)
    assert np.array_equal(back.probabilities(weeks.features), chances)
    assert (chances[happened > 0].mean() - chances[happened == 0].mean()) > 0.05
    assert model.probabilities(weeks.features.iloc[:0]).tolist() == []


def test_the_model_beats_the_volume_where_the_volume_says_nothing() -> None:
    """Trouble follows the open risk; both kinds are tried, and the report says how they did."""
    weeks, happened = planted(seed=3)
    model = choose_model(weeks, happened, event=BREACHES, cutoff=END, k=5, seed=1)
    told = model.report["precision_at_k"]
    assert set(told) == {"logistic", "trees", "volume"}
    assert told[model.kind] > told["volume"]
    losses = model.report["log_loss"]
    assert losses[model.kind] == min(losses.values())
    assert "health_segment" not in model.feature_names


def test_nothing_is_found_in_shuffled_labels() -> None:
    """Chances of those in trouble and of the others are alike."""
    weeks, happened = planted(seed=4)
    shuffled = np.random.default_rng(1).permutation(happened)
    cut = weeks.rows["as_of"].max()
    now = (weeks.rows["as_of"] == cut).to_numpy()
    told = foretell(weeks, shuffled, cut, event=BREACHES, seed=1)["logistic"]
    truth = shuffled[now] > 0
    assert abs(told[truth].mean() - told[~truth].mean()) < 0.1


def test_the_embargo_is_one_horizon() -> None:
    """On the cut itself a week of a week before is over, of four weeks before too; later not."""
    rows = pd.DataFrame({"as_of": [END - pd.Timedelta(days=d) for d in (28, 8, 7, 6, 0)]})
    week, four = pd.Timedelta(days=7), pd.Timedelta(days=28)
    assert is_known(rows, week, at=END).tolist() == [True, True, True, False, False]
    assert is_known(rows, four, at=END).tolist() == [True, False, False, False, False]


def test_what_happens_in_the_embargo_changes_no_forecast() -> None:
    """Absurd outcomes of the last weeks, which nobody knows at the cut, move nothing."""
    weeks, happened = planted(seed=5)
    cut = weeks.rows["as_of"].max()
    before = foretell(weeks, happened, cut, event=ESCALATION, seed=1)
    unknown = ~is_known(weeks.rows, pd.Timedelta(days=28), at=cut)
    assert unknown.sum() == 4 * 40
    after = foretell(
        weeks, np.where(unknown, 1 - happened, happened), cut, event=ESCALATION, seed=1
    )
    assert np.array_equal(before["trees"], after["trees"])
    assert np.array_equal(before["logistic"], after["logistic"])


def test_too_little_is_refused_in_words() -> None:
    """Without twenty events there is no model, and the message says what serves instead."""
    weeks, happened = planted(seed=6)
    with pytest.raises(ModelError, match=r"breaches: 800 weeks .* 0 events .* the volume serves"):
        choose_model(weeks, 0 * happened, event=BREACHES, cutoff=END, k=5, seed=1)


def test_precision_by_hand() -> None:
    """Of the two highest of three one came true; ties go by position."""
    assert precision_at(np.array([0.1, 0.9, 0.5]), np.array([1.0, 1.0, 0.0]), k=2) == 0.5
    assert precision_at(np.array([0.5, 0.5]), np.array([1.0, 0.0]), k=1) == 1.0
    assert precision_at(np.empty(0), np.empty(0), k=3) == 0.0


def test_open_clocks_by_hand() -> None:
    """Customer 0: one running and due soon, one paused, one broken; customer -1 is nobody."""
    clocks = pd.DataFrame(
        {
            "customer": [0, 0, 0, 1, -1],
            "state": ["running", "paused", "running", "running", "running"],
            "is_breached": [False, False, True, False, False],
            "due_at": pd.to_datetime(
                ["2026-06-02", None, "2026-05-01", "2026-07-01", "2026-06-02"], utc=True
            ),
            "chance": [0.5, 0.25, np.nan, 0.125, 1.0],
        }
    )
    found = sum_open(clocks, as_of=END)
    assert list(found.columns) == list(OPEN_COLUMNS)
    assert found.loc[(END, 0)].tolist() == [3.0, 1.0, 1.0, 0.75]
    assert found.loc[(END, 1)].tolist() == [1.0, 0.0, 0.0, 0.125]
    assert len(found) == 2


def test_cuts_and_metrics() -> None:
    """A week apart up to the last; trouble means resolution where it is promised."""
    week = pd.Timedelta(days=7)
    assert weekly_cuts(first=END - 2 * week, last=END) == [END - 2 * week, END - week, END]
    assert weekly_cuts(first=END + week, last=END) == []
    assert trouble_metrics(("first_response", "resolution")) == ("resolution",)
    assert trouble_metrics(("first_response",)) == ("first_response",)


def test_the_volume_of_nobody_is_zero() -> None:
    """A customer whose volume is not known ranks last by it."""
    weeks, _ = planted(seed=2)
    weeks.features.loc[0, "customer_tickets_28d"] = np.nan
    assert volume_of(weeks)[0] == 0.0
