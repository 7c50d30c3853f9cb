"""The whole evaluation on small desks: planted, shuffled, single-class, empty."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.history import History, build_history
from forewarn.config import Config, parse_config
from forewarn.tables import Tables
from models.evaluation import evaluate, plain
from models.evaluation_data import observe_landmarks
from models.evaluation_lessons import Effort, lessons, prepare, split_by_chance
from models.evaluation_scored import OURS
from models.evaluation_window import opened_in
from models.splits import rolling_cutoffs

CONFIG = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  metrics: [resolution]
  policies:
    - {name: all, targets: {resolution: 8h}}
training: {landmarks: [0.5], trees: 15, learning_rate: 0.3, seeds: [1, 2], minimum_tickets: 100}
evaluation: {bootstrap: 60, daily_capacity: 2}
"""
START = pd.Timestamp("2026-01-05T00:00Z")
Build = Callable[..., History]


def desk(*, share_late: Callable[[np.ndarray], np.ndarray], tickets: int = 900) -> dict[str, Any]:
    """A ticket an hour, in group slow or quick; solved after 2 h, or after 20 h where late."""
    draw = np.random.default_rng(5)
    group = draw.choice(["slow", "quick"], tickets)
    late = draw.random(tickets) < share_late(group)
    ids = [f"T{i:05d}" for i in range(tickets)]
    created = START + pd.to_timedelta(np.arange(tickets), unit="h")
    frame = {"ticket_id": ids, "created_at": created, "known_at": created, "group_id": group}
    noise = {"category": draw.choice(["a", "b", "c"], tickets), "channel": "mail"}
    solved = created + pd.to_timedelta(np.where(late, 20, 2), unit="h")
    event = {"ticket_id": ids, "sequence": 1, "kind": "solved", "to_value": "solved"}
    events = pd.DataFrame(event | {"occurred_at": solved, "known_at": solved, "is_public": False})
    return {"tickets": pd.DataFrame(frame | noise), "ticket_events": events}


@pytest.fixture(scope="module")
def settings() -> Config:
    """One metric, two landmarks, few trees."""
    return parse_config(CONFIG)


@pytest.fixture(scope="module")
def build(
    as_tables: Callable[..., Tables], settings: Config, tmp_path_factory: pytest.TempPathFactory
) -> Build:
    """The history of a desk."""

    def made(**how: Any) -> History:
        return build_history(
            as_tables(desk(**how)), settings, folder=tmp_path_factory.mktemp("history")
        )

    return made


@pytest.fixture(scope="module")
def planted(build: Build) -> History:
    """The slow group is late nine times of ten, the quick one once."""
    return build(share_late=lambda group: np.where(group == "slow", 0.9, 0.1))


@pytest.fixture(scope="module")
def evaluation(planted: History, settings: Config) -> dict[str, Any]:
    """Of the planted desk."""
    return evaluate(planted, settings)


def auc(part: dict[str, Any], model: str) -> float:
    """A model's AUC at a landmark."""
    value: float = part["models"][model]["auc"]["value"]
    return value


def test_a_planted_signal_is_found(evaluation: dict[str, Any]) -> None:
    """Two groups at .9 and .1 give an AUC of .9 to whoever looks at the group."""
    opening = evaluation["metrics"]["resolution"]["headline"]["landmarks"]["opening"]
    assert auc(opening, OURS) == pytest.approx(0.9, abs=0.06)
    assert auc(opening, "group_rate_matured") == pytest.approx(0.9, abs=0.06)
    assert auc(opening, "time_left") == 0.5
    assert auc(opening, "category_rate_known") == pytest.approx(0.5, abs=0.12)


def test_the_riskiest_tenth_breaches_more_than_the_rest(evaluation: dict[str, Any]) -> None:
    """At ten o'clock the top of the queue is the slow group; the interval stays above the base."""
    headline = evaluation["metrics"]["resolution"]["headline"]
    top = headline["snapshots"]["models"][OURS]["top_tenth_share"]
    assert top["low"] > headline["snapshots"]["base_share"]["value"]
    assert headline["cost"]["share_won"] + headline["cost"]["n_tied"] > 0
    assert 0.0 <= headline["capacity"]["models"][OURS]["recall"]["value"] <= 1.0


def test_the_headline_is_the_last_of_three_windows(evaluation: dict[str, Any]) -> None:
    """All seeds there, the first one before; cutoffs rise."""
    found = evaluation["metrics"]["resolution"]
    cutoffs = [w["cutoff"] for w in found["windows"]]
    assert cutoffs == sorted(cutoffs)
    assert len(cutoffs) == 3
    assert found["headline"]["cutoff"] == cutoffs[-1]
    assert [w["seeds"] for w in found["windows"]] == [[1], [1], [1, 2]]


def test_the_same_history_gives_the_same_figures(
    planted: History, settings: Config, evaluation: dict[str, Any]
) -> None:
    """To the last digit, intervals included."""
    assert evaluate(planted, settings) == evaluation


def test_no_ticket_is_on_both_sides_of_a_cutoff(planted: History, settings: Config) -> None:
    """What is learned from was due before the cutoff; what is judged was opened after it."""
    observed = observe_landmarks(planted, settings, metric="resolution")
    windows = rolling_cutoffs(planted, observed.rows, settings)
    for lesson in lessons(planted, observed, windows=windows, config=settings):
        tested = observed.rows.loc[opened_in(observed.rows, lesson.window)]
        assert (lesson.decided["due_at"] < lesson.window.cutoff).all()
        assert len(tested) > 50
        assert not set(lesson.outcomes["ticket"]) & set(tested["ticket"])


def test_at_most_so_many_tickets_are_learned_from(planted: History, settings: Config) -> None:
    """Earlier windows are thinned by whole tickets: each keeps all its observations."""
    observed = observe_landmarks(planted, settings, metric="resolution")
    window = rolling_cutoffs(planted, observed.rows, settings)[-1]
    few = prepare(planted, observed, window=window, effort=Effort((1,), 200, 50)).outcomes
    whole = prepare(planted, observed, window=window, effort=Effort((1,), None, 50)).outcomes
    assert few["ticket"].nunique() == 200
    assert len(few) == whole["ticket"].isin(few["ticket"]).sum()


def test_a_split_by_chance_mixes_old_and_new(planted: History, settings: Config) -> None:
    """It holds out as many tickets as the window tests, and learns from the future."""
    observed = observe_landmarks(planted, settings, metric="resolution")
    window = rolling_cutoffs(planted, observed.rows, settings)[-1]
    chance = split_by_chance(planted, observed, window=window, config=settings)
    tested = observed.rows.loc[opened_in(observed.rows, window)]
    assert chance.later["ticket"].nunique() == tested["ticket"][~tested["is_censored"]].nunique()
    assert not set(chance.train["ticket"]) & set(chance.later["ticket"])
    assert chance.train["opened_at"].max() > window.cutoff


def test_nothing_is_found_where_nothing_is(build: Build, settings: Config) -> None:
    """Outcomes by chance: the model is refused, or its AUC cannot be told from one half."""
    history = build(share_late=lambda group: np.full(group.size, 0.5))
    headline = evaluate(history, settings)["metrics"]["resolution"]["headline"]
    models = headline["landmarks"]["opening"]["models"]
    if OURS in models:
        assert models[OURS]["auc"]["low"] < 0.5 < models[OURS]["auc"]["high"]
    else:
        assert "no better than the prior" in headline["note"]
    found = models["group_rate_matured"]["auc"]
    assert found["low"] < 0.5 < found["high"]


def test_a_log_with_a_single_class_has_nulls_and_a_note(build: Build, settings: Config) -> None:
    """All promises kept: no ranking, no model, no error."""
    history = build(share_late=lambda group: np.zeros(group.size))
    headline = evaluate(history, settings)["metrics"]["resolution"]["headline"]
    assert "single class" in headline["note"]
    assert headline["landmarks"]["opening"]["base_rate"]["value"] == 0.0
    assert auc(headline["landmarks"]["opening"], "group_rate_known") is None
    assert headline["rules"] is None


def test_too_few_tickets_leave_a_note(build: Build, settings: Config) -> None:
    """Sixty tickets in three days: baselines stand, the model waits for more."""
    history = build(share_late=lambda group: np.full(group.size, 0.5), tickets=60)
    found = evaluate(history, settings)["metrics"]["resolution"]
    assert found["note"] or "minimum_tickets" in found["headline"]["note"]


def test_a_metric_that_never_ran_leaves_a_note(build: Build, settings: Config) -> None:
    """Tickets that are solved as they open are never observed."""
    frames = desk(share_late=lambda group: np.zeros(group.size), tickets=20)
    frames["ticket_events"]["occurred_at"] = frames["tickets"]["created_at"]
    frames["ticket_events"]["known_at"] = frames["tickets"]["created_at"]
    history = build(share_late=lambda group: np.zeros(group.size), tickets=1)
    found = evaluate(history, settings)["metrics"]["resolution"]
    assert found["note"]
    assert found["headline"] is None
    assert found["windows"] == []


def test_plain_turns_what_json_cannot_hold_into_null() -> None:
    """NaN and infinities are null; tuples are lists; keys are texts."""
    assert plain({0.5: (np.nan, np.inf, np.float32(0.5), True)}) == {"0.5": [None, None, 0.5, True]}


@pytest.mark.slow
def test_the_page_lists_the_keys_of_the_json(
    demo_tables: Tables, demo_config: Config, tmp_path: Path
) -> None:
    """Six weeks of the demo desk give every documented key, and no other."""
    training = demo_config.training.model_copy(
        update={"trees": 20, "learning_rate": 0.2, "seeds": (1,)}
    )
    judged = demo_config.evaluation.model_copy(update={"bootstrap": 50})
    sla = demo_config.sla.model_copy(update={"metrics": ("first_response",)})
    parts = {"training": training, "evaluation": judged, "sla": sla}
    config = demo_config.model_copy(update=parts)
    found = evaluate(build_history(demo_tables, config, folder=tmp_path), config)
    assert set(keys_of(found)) == documented()


def documented() -> set[str]:
    """Keys of the three tables of docs/evaluation.md, as full paths."""
    page = (Path(__file__).parents[2] / "docs" / "evaluation.md").read_text("utf-8")
    top, window, headline = (
        set(
            re.findall(
                r"^\| `([^`]+)` \|", page.split(f"### {name}\n")[1].split("###")[0], re.MULTILINE
            )
        )
        for name in ("Top", "Every window", "Headline only")
    )
    entry, last = "metrics.<metric>.windows[]", "metrics.<metric>.headline"
    paths = {f"{entry}.{key}" for key in window} | {f"{last}.{key}" for key in window | headline}
    return (top - {entry, last}) | paths


NAMED = {
    "metrics": "<metric>", "landmarks": "<landmark>", "models": "<model>", "slices": "<code>",
}  # fmt: skip
FIGURES = {"auc", "average_precision", "brier", "ece"}
ALERTS = {"rule", "early", "any"}


def keys_of(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all values; intervals are one value, names stand as in the page."""
    if isinstance(value, dict) and {"value", "low", "high"} <= set(value):
        yield path
        yield from (f"{path}.{k}" for k in value if k not in {"value", "low", "high"})
    elif isinstance(value, dict):
        last = path.rpartition(".")[2]
        for key, inner in value.items():
            named = NAMED.get(last, key) if "stability" not in path else key
            if key in FIGURES and "slices" not in path and not path.endswith("random_split"):
                named = "<figure>"
            named = "<alerts>" if key in ALERTS and "rules" in path else named
            yield from keys_of(inner, f"{path}.{named}" if path else named)
    elif isinstance(value, list):
        if not value:
            return
        for inner in value:
            yield from keys_of(inner, f"{path}[]")
    else:
        yield path
