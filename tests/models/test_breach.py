import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from forewarn.config import Config
from forewarn.errors import ModelError
from models.breach import BreachModel, breach_pipeline, fit_breach_model
from models.trees import TreesPart, threads_for


def only(config: Config, *parts: str) -> Config:
    """The configuration with these parts alone."""
    training = config.training.model_copy(update={"parts": parts})
    return config.model_copy(update={"training": training})


def decided_at_opening(is_breached: np.ndarray) -> pd.DataFrame:
    """One decided observation per ticket, an hour apart, each with eight hours."""
    n = is_breached.size
    opened = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(n), unit="h")
    due_at = opened + pd.Timedelta(hours=8)
    return pd.DataFrame(
        {
            "clock": np.arange(n), "ticket": np.arange(n), "metric": "resolution",
            "landmark": "opening", "as_of": opened, "due_at": due_at, "label_known_at": due_at,
            "is_breached": is_breached.astype(float), "is_censored": False, "weight": 1.0,
        }
    )  # fmt: skip


def _auc(model: BreachModel, table) -> float:
    return roc_auc_score(table.outcomes["is_breached"], model.probabilities(table.features))


def test_a_planted_signal_is_learned(model: BreachModel, plant_table) -> None:
    """On fresh tickets of the same making the model ranks far better than chance."""
    assert _auc(model, plant_table(seed=99)) > 0.75


def test_noise_weighs_little_beside_the_signal(model: BreachModel) -> None:
    """The two columns that matter hold most of the gain."""
    assert set(list(model.importance())[:2]) == {"ticket_share", "ticket_group"}


def test_shuffled_labels_rank_like_a_coin(planted, plant_table, config: Config) -> None:
    """Trees grown on shuffled labels know nothing about fresh tickets."""
    shuffled = planted.outcomes["is_breached"].sample(frac=1.0, random_state=11).to_numpy()
    pipeline = breach_pipeline(rounds=30, config=config, seed=1)
    pipeline.fit(planted.features, shuffled)
    fresh = plant_table(seed=8)
    given = pipeline.predict_proba(fresh.features)[:, 1]
    assert roc_auc_score(fresh.outcomes["is_breached"], given) == pytest.approx(0.5, abs=0.05)


def test_the_same_seed_gives_the_same_model(planted, model: BreachModel, config: Config) -> None:
    """Text, encoder and calibrator are equal to the last character."""
    again = fit_breach_model(
        planted.features, planted.outcomes, metric="resolution", config=config, seed=1
    )
    assert again == model


def test_the_pipeline_and_the_text_agree_exactly(planted, config: Config) -> None:
    """Training's scikit-learn pipeline and scoring's plain booster agree but for rounding."""
    pipeline = breach_pipeline(rounds=20, config=config, seed=3)
    pipeline.fit(planted.features, planted.outcomes["is_breached"])
    text = pipeline[1].booster_.model_to_string(num_iteration=-1)
    part = TreesPart("trees", text)
    model = BreachModel("resolution", pipeline[0].encoder_, (part,), None, None)
    given = pipeline.predict_proba(planted.features)[:, 1]
    np.testing.assert_allclose(model.probabilities(planted.features), given, rtol=1e-13)


def test_contributions_add_up_to_the_log_odds(planted, model: BreachModel) -> None:
    """Differences of two rows' sums are the differences of their log-odds."""
    rows = planted.features.head(2)
    raw = model.raw_probabilities(rows)
    log_odds = np.log(raw / (1 - raw))
    sums = model.contributions(rows).sum(axis=1).to_numpy()
    assert sums[0] - sums[1] == pytest.approx(log_odds[0] - log_odds[1])


def test_no_rows_give_no_probabilities(planted, model: BreachModel) -> None:
    """A desk without an open ticket is scored without complaint."""
    nothing = planted.features.head(0)
    assert model.probabilities(nothing).shape == (0,)
    assert model.contributions(nothing).shape == (0, 3)


def test_censored_rows_are_not_learned_as_met(planted, config: Config) -> None:
    """Censored observations, whatever stands beside them, leave the model as it is without them."""
    censored = planted.outcomes.copy()
    some = censored["ticket"] % 7 == 0
    censored.loc[some, ["is_breached", "is_censored", "weight"]] = [np.nan, True, 0.0]
    without = planted.outcomes[~some]
    first = fit_breach_model(planted.features, censored, metric="resolution", config=config, seed=1)
    second = fit_breach_model(
        planted.features[~some], without, metric="resolution", config=config, seed=1
    )
    assert first.parts == second.parts
    assert first.report.censored_share == pytest.approx(0.143, abs=0.001)


def test_too_few_tickets_are_refused(planted, config: Config) -> None:
    """With 150 tickets the rules serve, and the message says from where on a model would."""
    few = planted.outcomes.head(300)
    with pytest.raises(ModelError, match=r"150 tickets were decided .* needs 200"):
        fit_breach_model(planted.features, few, metric="resolution", config=config, seed=1)


@pytest.mark.parametrize(("value", "word"), [(0.0, "met"), (1.0, "breached")])
def test_a_single_class_is_refused(planted, config: Config, value: float, word: str) -> None:
    """Where every clock ended alike nothing can be learned, and it says which way."""
    single = planted.outcomes.assign(is_breached=value)
    with pytest.raises(ModelError, match=f"all 3000 decided observations were {word}"):
        fit_breach_model(planted.features, single, metric="resolution", config=config, seed=1)


def test_another_metric_has_nothing_to_learn_from(planted, config: Config) -> None:
    """Only the rows of the asked metric count."""
    with pytest.raises(ModelError, match="first_response: 0 tickets"):
        fit_breach_model(
            planted.features, planted.outcomes, metric="first_response", config=config, seed=1
        )


def test_worse_than_the_prior_is_refused(planted, config: Config) -> None:
    """A signal that turns round before the cutoff makes a model that no one should serve."""
    turned = planted.outcomes.copy()
    late = turned["ticket"] >= 1050
    turned.loc[late, "is_breached"] = 1.0 - turned.loc[late, "is_breached"]
    config = only(config, "trees")
    with pytest.raises(ModelError, match="no better than the prior"):
        fit_breach_model(planted.features, turned, metric="resolution", config=config, seed=1)


def test_equal_ticket_weights_do_not_make_breaches_look_rare(config: Config) -> None:
    """Half of all openings breach, and the model says so.

    A ticket that breaches is seen three times, one that is met only at its opening, so the
    opening of a breach weighs a third of that of a success: taken as they are, the weights
    would say one in four.
    """
    draw = np.random.default_rng(3)
    breached = draw.uniform(0, 1, 3000) < 0.5
    opened = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(3000), unit="h")
    rows = pd.DataFrame({"ticket": np.arange(3000), "opened": opened, "breached": breached})
    seen = rows.loc[rows.index.repeat(np.where(breached, 3, 1))].reset_index(drop=True)
    step = seen.groupby("ticket").cumcount()
    outcomes = pd.DataFrame(
        {
            "clock": seen["ticket"],
            "ticket": seen["ticket"],
            "metric": "resolution",
            "landmark": step.map({0: "opening", 1: "0.5", 2: "0.75"}),
            "as_of": seen["opened"] + pd.to_timedelta(step, unit="h"),
            "due_at": seen["opened"] + pd.Timedelta(hours=8),
            "label_known_at": seen["opened"] + pd.Timedelta(hours=8),
            "is_breached": seen["breached"].astype(float),
            "is_censored": False,
            "weight": np.where(seen["breached"], 1 / 3, 1.0),
        }
    )
    features = pd.DataFrame({"clock_elapsed_share": step.map({0: 0.0, 1: 0.5, 2: 0.75})})
    model = fit_breach_model(features, outcomes, metric="resolution", config=config, seed=1)
    opening = model.raw_probabilities(pd.DataFrame({"clock_elapsed_share": [0.0]}))[0]
    assert opening == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("values", "threads"), [(0, 1), (19_999_999, 1), (20_000_000, 2), (10**9, 2)]
)
def test_small_tables_are_fitted_by_one_thread(values: int, threads: int) -> None:
    """Two threads only where they are worth it, and never more."""
    assert threads_for(values) == threads


def test_another_seed_may_take_over_what_was_settled(
    planted, model: BreachModel, config: Config
) -> None:
    """Parts, rounds and calibration are the first seed's; the trees are its own."""
    other = fit_breach_model(
        planted.features, planted.outcomes, metric="resolution", config=config, seed=2, like=model
    )
    assert [part.name for part in other.parts] == [part.name for part in model.parts]
    assert other.report.rounds_of == model.report.rounds_of
    assert other.calibrator == model.calibrator
    assert other.parts != model.parts


def test_less_time_left_never_lowers_the_risk(config: Config) -> None:
    """Whatever a history says: here clocks with much time left broke more often."""
    draw = np.random.default_rng(12)
    n = 3000
    left = draw.uniform(0.0, 8.0, n)
    breached = draw.random(n) < 0.2 + 0.5 * (left > 4) + 0.2 * (left < 1)
    outcomes = decided_at_opening(breached)
    features = pd.DataFrame({"clock_remaining_hours": left, "noise": draw.random(n)})
    model = fit_breach_model(
        features, outcomes, metric="resolution", config=only(config, "trees", "extra_trees"), seed=1
    )
    asked = pd.DataFrame({"clock_remaining_hours": np.linspace(0, 8, 81), "noise": 0.5})
    assert (np.diff(model.raw_probabilities(asked)) <= 1e-12).all()


def test_parts_that_cannot_be_fitted_are_said(planted, config: Config) -> None:
    """A hazard alone needs to know the time left, which these features do not tell."""
    with pytest.raises(ModelError, match=r"none of training\.parts \(hazard\) could be fitted"):
        fit_breach_model(
            planted.features,
            planted.outcomes,
            metric="resolution",
            config=only(config, "hazard"),
            seed=1,
        )


def test_code_trees_group_values_that_are_no_neighbours(config: Config) -> None:
    """Every other of forty categories is late: one tree cannot tell by their order."""
    draw = np.random.default_rng(4)
    n = 4000
    code = draw.integers(0, 40, n)
    breached = draw.random(n) < np.where(code % 2, 0.9, 0.1)
    outcomes = decided_at_opening(breached)
    features = pd.DataFrame({"queue": pd.Categorical([f"q{c:02}" for c in code])})
    auc = {}
    for kind in ("trees", "code_trees"):
        few = only(config, kind)
        small = few.training.model_copy(update={"trees": 1, "leaves": 4})
        few = few.model_copy(update={"training": small})
        model = fit_breach_model(features, outcomes, metric="resolution", config=few, seed=1)
        assert [part.name for part in model.parts] == [kind]
        auc[kind] = roc_auc_score(breached, model.raw_probabilities(features))
    assert auc["code_trees"] > 0.88
    assert auc["trees"] < 0.75
