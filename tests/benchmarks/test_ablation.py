"""Families of features, the windows they are judged on, and the table."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.ablation import Row, Table, ablate, markdown
from benchmarks.ablation_data import observe
from benchmarks.ablation_families import FAMILIES, families, family_of, variants
from benchmarks.ablation_fits import Data, judged_windows, validation_windows
from features.catalogue import declared_features, feature_names, fixed_features
from features.history import History, build_history
from forewarn.config import Config
from forewarn.progress import silent
from forewarn.tables import Tables
from models.breach import breach_pipeline, weight_offsets
from models.metrics import roc_auc
from models.splits import Window


@pytest.fixture(scope="module")
def config(small_config: Config) -> Config:
    """The small world's, with few trees and one seed."""
    training = small_config.training.model_copy(update={"trees": 16, "seeds": (1,)})
    evaluation = small_config.evaluation.model_copy(update={"bootstrap": 50})
    return small_config.model_copy(update={"training": training, "evaluation": evaluation})


@pytest.fixture(scope="module")
def history(
    small_tables: Tables, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """The history of the small world."""
    return build_history(small_tables, config, folder=tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="module")
def data(history: History, config: Config) -> Data:
    """Its resolution clocks at their landmarks."""
    return observe("small", history, config, metric="resolution")


@pytest.fixture(scope="module")
def tables(data: Data, history: History, config: Config) -> tuple[Table, Table]:
    """Its two tables."""
    return ablate(data, history, config, progress=silent)


def _day(day: int) -> pd.Timestamp:
    return pd.Timestamp(2016, 4, day, tz="UTC")


def test_windows_end_at_the_next_cutoff() -> None:
    """Windows of 20 days with cutoffs 5 and 10 days apart end where the next one begins."""
    windows = [Window(_day(day), _day(day) + pd.Timedelta("20D")) for day in (1, 6, 16)]
    assert validation_windows(windows) == (
        Window(_day(1), _day(6)),
        Window(_day(6), _day(16)),
    )


def test_nothing_of_the_test_window_is_needed_to_choose(data: Data, config: Config) -> None:
    """What is judged before the test was opened, due and decided before the test's cutoff."""
    names = list(data.features.columns)
    judged = judged_windows(data, names=names, config=config)
    test = data.windows[-1].cutoff
    assert len(judged) == 2
    for part in judged:
        assert part.window.test_until <= test
        assert len(part.later) > 0
        assert (part.later["opened_at"] < part.window.test_until).all()
        assert (part.later[["due_at", "label_known_at"]].max(axis=1) < test).all()
        assert (part.train[["due_at", "label_known_at"]].max(axis=1) < part.window.cutoff).all()
        assert not set(part.train["ticket"]) & set(part.later["ticket"])


def test_every_feature_is_in_a_family(history: History) -> None:
    """What is declared, and what any history could declare, has one of the named families."""
    declared = (*fixed_features(), *declared_features(history))
    assert {family_of(feature) for feature in declared} == set(FAMILIES)
    members = [name for names in families(history).values() for name in names]
    assert sorted(members) == sorted(feature.name for feature in declared_features(history))


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("clock_until_closing_hours", "clock"),
        ("ticket_status_hours", "ticket state"),
        ("ticket_groups", "ticket counts and gaps"),
        ("ticket_waiting_share", "path so far"),
        ("ticket_subject_length", "text attributes"),
        ("group_solution_median_hours_28d", "medians"),
        ("customer_solution_median_hours_90d", "customer"),
        ("customer_tier", "contract"),
        ("customer_breach_age_hours", "promises broken to them"),
        ("health_slope_28d", "health in depth"),
        ("group_open_per_agent_on_shift", "shifts"),
        ("product_surge_4h", "surges"),
        ("group_breach_lift_28d", "lifts, 28 days"),
        ("group_breach_lift", "lifts, matured"),
        ("desk_breach_rate_28d", "rates"),
        ("agent_breach_lift_28d", "single agents"),
        ("ticket_text_7", "texts"),
    ],
)
def test_families_are_told_by_what_a_feature_measures(name: str, family: str) -> None:
    """A feature's family follows from its declaration."""
    declared = {feature.name: feature for feature in fixed_features()}
    assert family_of(declared[name]) == family


def test_the_table_has_every_family(tables: tuple[Table, Table], history: History) -> None:
    """Each family with a fact behind it is left out or added, on both tables."""
    for table in tables:
        tried = {row.family for row in table.rows if row.kind in ("without", "with")}
        assert tried == set(families(history))
    alone = {row.family for row in tables[0].rows if row.kind == "alone"}
    assert alone == {row.family for row in tables[0].rows if row.kind == "without"}


def test_a_family_is_left_out_whole(history: History, config: Config) -> None:
    """Without its family a feature is gone; everything else that is on stays."""
    chosen = {(v.kind, v.family): v.names for v in variants(history, config)}
    default, less = chosen["default", ""], chosen["without", "wall time"]
    wall_time = ("time_hour", "time_weekday", "created_hour", "created_weekday")
    assert tuple(name for name in default if name not in wall_time) == less
    assert chosen["with", "rates"][: len(default)] == default
    assert "group_breach_rate" in chosen["with", "rates"]
    assert "agent_breach_lift_28d" in chosen["with", "single agents"]


def test_the_first_row_is_what_models_see_by_default(
    tables: tuple[Table, Table], history: History, config: Config
) -> None:
    """It has the catalogue's defaults, whatever is included, and differs from itself by nothing."""
    bare = config.model_copy(
        update={"features": config.features.model_copy(update={"include": (), "exclude": ()})}
    )
    zero = {"value": 0.0, "low": 0.0, "high": 0.0}
    for table in tables:
        base = table.rows[0]
        assert (base.kind, base.family) == ("default", "")
        assert base.n_features == len(feature_names(history, bare))
        assert base.auc_difference == base.average_precision_difference == zero


def test_the_first_row_is_the_projects_model(
    tables: tuple[Table, Table], data: Data, history: History, config: Config
) -> None:
    """Its AUC is the mean over landmarks of the project's pipeline, fitted on the named columns."""
    names = list(variants(history, config)[0].names)
    (part,) = judged_windows(data, names=names, config=config, is_test=True)
    pipeline = breach_pipeline(rounds=part.rounds, config=config, seed=1)
    pipeline.fit(
        data.features.loc[part.train.index, names],
        part.train["is_breached"].to_numpy(float),
        trees__sample_weight=part.train["weight"].to_numpy(float),
        trees__init_score=weight_offsets(part.train),
    )
    matrix = pipeline[0].transform(data.features.loc[part.later.index, names])
    score = pd.Series(pipeline[1].booster_.predict(matrix), part.later.index)
    aucs = [
        roc_auc(rows["is_breached"], score[rows.index])
        for _, rows in part.later.groupby(part.later["landmark"].astype(str))
    ]
    assert tables[1].rows[0].auc == pytest.approx(np.nanmean(aucs), abs=1e-12)


def test_the_table_as_text() -> None:
    """A difference stands with its interval, bold where that leaves out zero."""
    gain = {"value": -0.0213, "low": -0.0304, "high": -0.0102}
    noise = {"value": 0.0012, "low": -0.0031, "high": 0.0049}
    window = {
        "cutoff": "2016-05-01T00:00:00+00:00", "until": "2016-06-01T00:00:00+00:00",
        "n": 18825, "n_tickets": 7056, "n_train": 43279, "base_rate": 0.7312, "rounds": 75,
    }  # fmt: skip
    row = Row("without", "clock", 72, 0.7281, 0.8963, gain, noise)
    table = Table("uci resolution", is_test=True, seeds=(1, 2, 3), windows=(window,), rows=(row,))
    assert markdown(table).splitlines() == [
        "### uci resolution, test window",
        "",
        (
            "- Opened 2016-05-01 to 2016-06-01: 18,825 observations of 7,056 tickets, base rate "
            ".731; 43,279 observations to learn from, 75 rounds"
        ),
        "",
        "| features | n | AUC | less the default's | AP | less the default's |",
        "|---|--:|--:|---|--:|---|",
        (
            "| without clock | 72 | .728 | **-0.021 (-0.030 to -0.010)** | .896 | "
            "+0.001 (-0.003 to +0.005) |"
        ),
    ]
