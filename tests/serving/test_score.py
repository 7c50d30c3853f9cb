"""A scoring run over the demo desk: complete, repeatable, blind to the future, never stopped."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.history import History, build_history
from features.observations import open_observations
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.tables import Tables
from models.bundle import ModelBundle
from serving import queries
from serving.former import FormerOrder
from serving.run import ScoredRun, Turn
from serving.score import score
from serving.store import Store


@dataclass(frozen=True)
class World:
    """Six weeks of the demo desk, its model, and a working hour of the last week."""

    history: History
    tables: Tables
    config: Config
    bundle: ModelBundle
    now: pd.Timestamp

    def score(self, bundle: ModelBundle | None, **settings: Any) -> ScoredRun:
        """A run over the desk, at ``now`` unless told otherwise."""
        asked = {"as_of": self.now, "tables": self.tables} | settings
        return score(self.history, self.config, bundle, **asked)


@pytest.fixture(scope="module")
def world(
    demo_history: History, demo_tables: Tables, demo_config: Config, demo_bundle: ModelBundle
) -> World:
    """The demo desk."""
    now = demo_history.watermark.floor("D") - pd.Timedelta(days=2, hours=-10)
    return World(demo_history, demo_tables, demo_config, demo_bundle, now)


@pytest.fixture(scope="module")
def run(world: World) -> ScoredRun:
    """One run with the model."""
    return world.score(world.bundle)


def assert_same(one: ScoredRun, other: ScoredRun) -> None:
    """Two runs say the same, to the bit."""
    for name in ("scores", "queue", "flags"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    assert (one.turns, one.messages, one.degraded) == (other.turns, other.messages, other.degraded)


def test_every_open_clock_is_scored(run: ScoredRun, world: World) -> None:
    """One row per open clock, with the figures of its reading."""
    clocks = open_observations(world.history, as_of=world.now)
    assert len(run.scores) == len(clocks) > 100
    np.testing.assert_array_equal(run.scores["remaining_seconds"], clocks["remaining_seconds"])
    paused = run.scores["state"] == "paused"
    assert run.scores.loc[paused, "due_at"].isna().all()
    assert run.scores.loc[~paused, "due_at"].notna().all()


def test_broken_clocks_are_not_predicted(run: ScoredRun) -> None:
    """P(breach) lies in 0 to 1 where the promise can still be kept, and is null elsewhere."""
    chance = run.scores["breach_probability"]
    assert chance[run.scores["is_breached"]].isna().all()
    assert chance[~run.scores["is_breached"]].between(0, 1).all()


def test_when_a_clock_is_expected_to_breach(run: ScoredRun) -> None:
    """At its due date where P(breach) is a half, or five minutes are left; else it is null."""
    scores = run.scores
    told = scores["expected_breach_at"]
    can = (scores["state"] == "running") & ~scores["is_breached"]
    assert told[~can].isna().all()
    likely = can & (scores["breach_probability"] >= 0.5)
    nearly = can & (scores["metric"] == "resolution") & (scores["remaining_seconds"] < 300)
    safe = can & (scores["breach_probability"] < 0.5) & (scores["remaining_seconds"] > 8 * 3600)
    assert likely.sum() > 5
    assert safe.sum() > 5
    assert told[likely | nearly].equals(scores["due_at"][likely | nearly])
    assert told[safe].isna().all()


def test_every_open_ticket_stands_in_one_place(run: ScoredRun) -> None:
    """Positions are 1 to n; each ticket of a clock is there once; every row has its reason."""
    assert run.queue["position"].tolist() == list(range(1, len(run.queue) + 1))
    assert sorted(run.queue["ticket_id"]) == sorted(set(run.scores["ticket_id"]))
    assert set(run.queue["list"]) <= {"ranked", "lost", "waiting"}
    assert run.queue["reason"].str.len().min() > 0
    assert run.queue["subject"].notna().any()


def test_the_rest_is_in_order_of_value(run: ScoredRun) -> None:
    """Behind the guards value falls from row to row; lost and waiting ones have none."""
    by_value = run.queue[run.queue["placed_by"] == "value"]
    assert by_value["log_value"].is_monotonic_decreasing
    assert len(by_value) > 20
    assert run.queue.loc[run.queue["list"] != "ranked", "value"].isna().all()


def test_weights_multiply_the_value(run: ScoredRun, world: World) -> None:
    """A weight of 3 on every promise triples each value, and changes nothing else."""
    weights = {m: {"default": {"default": 3.0}} for m in world.config.sla.metrics}
    policies = tuple(p.model_copy(update={"weights": weights}) for p in world.config.sla.policies)
    sla = world.config.sla.model_copy(update={"policies": policies})
    weighted = dataclasses.replace(world, config=world.config.model_copy(update={"sla": sla}))
    heavy = weighted.score(world.bundle)
    np.testing.assert_allclose(heavy.queue["value"], 3 * run.queue["value"], rtol=1e-12)
    pd.testing.assert_frame_equal(heavy.scores, run.scores)
    assert heavy.queue["ticket_id"].tolist() == run.queue["ticket_id"].tolist()


def test_the_shadow_is_heard_and_changes_nothing(run: ScoredRun, world: World) -> None:
    """The challenger's rows hold what the champion said beside it; the queue is the same."""
    challenger = dataclasses.replace(world.bundle, version="4")
    shadowed = world.score(world.bundle, shadow=challenger)
    assert_same(run, shadowed)
    assert set(run.said["role"]) == {"champion"}
    heard = shadowed.said[shadowed.said["role"] == "challenger"]
    assert len(heard) == (shadowed.said["role"] == "champion").sum() > 100
    assert set(heard["model_version"]) == {"4"}
    assert set(heard["beside_version"]) == {"3"}
    np.testing.assert_array_equal(heard["probability"], heard["beside_probability"])
    assert set(heard["stage"]) <= {"opening", "0.25", "0.5", "0.75", "0.9"}
    assert heard["position"].notna().all()


def test_the_model_is_named(run: ScoredRun) -> None:
    """The run says which model, policy and data it came from."""
    assert (run.model_version, run.degraded) == ("3", None)
    assert set(run.digests) == {"data", "history"}


def test_same_inputs_same_run(run: ScoredRun, world: World) -> None:
    """A second run over the same is the same to the bit."""
    assert_same(run, world.score(world.bundle))


def test_the_future_does_not_matter(
    run: ScoredRun, world: World, tmp_path: Path, as_tables: Callable[..., Tables]
) -> None:
    """Cut at as_of, the data gives the same run: nothing later was looked at."""
    frames = {
        name: frame[frame["known_at"] < world.now]
        for name, frame in vars(world.tables).items()
        if isinstance(frame, pd.DataFrame)
    }
    past = as_tables(frames)
    history = build_history(past, world.config, folder=tmp_path)
    assert_same(run, dataclasses.replace(world, history=history, tables=past).score(world.bundle))


def test_without_a_model_the_rules_order(world: World) -> None:
    """No model: top priority, then the earlier due date; the reason is said, reasons remain."""
    run = world.score(None)
    assert run.degraded == "no model serves yet"
    assert run.model_version is None
    assert run.scores["breach_probability"].isna().all()
    by_rule = run.queue[run.queue["placed_by"] == "value"]
    assert by_rule["next_due_at"].is_monotonic_increasing
    assert by_rule["value"].isna().all()
    assert by_rule["reason"].str.contains("of its time").all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cutoff": pd.Timestamp("2027-01-01", tz="UTC")}, "the model has seen data up to 2027"),
        ({"feature_names": ("ticket_colour",)}, "the model asks for 'ticket_colour'"),
    ],
)
def test_a_model_that_does_not_fit_degrades(
    world: World, change: dict[str, Any], words: str
) -> None:
    """A model from the future or for other data is not asked; the queue is by rule."""
    bundle = dataclasses.replace(world.bundle, **change)
    run = world.score(bundle)
    assert run.degraded is not None
    assert words in run.degraded
    assert len(run.queue) > 0


def test_old_data_degrades(world: World) -> None:
    """Data that ends days before as_of: by rule, and said how old it is."""
    later = world.history.watermark + pd.Timedelta(days=3)
    run = world.score(world.bundle, as_of=later)
    assert run.degraded is not None
    assert run.degraded.startswith("the data ends 3 days before")


def test_what_the_caller_knows_is_said(world: World) -> None:
    """A reason from outside (the model's file was altered) is passed on as it is."""
    run = world.score(world.bundle, degraded="digest differs")
    assert (run.degraded, run.model_version) == ("digest differs", None)


def test_a_model_that_fails_never_stops_the_queue(world: World) -> None:
    """A model that raises while it is asked: by rule, with its words."""

    class Failing:
        """A model whose file turned out to be damaged when it was parsed."""

        def probabilities(self, _features: pd.DataFrame) -> None:
            raise ModelError("the trees are damaged")

    bundle = dataclasses.replace(world.bundle, models={"resolution": Failing()})  # type: ignore[dict-item]
    run = world.score(bundle)
    assert run.degraded == "the trees are damaged"


def test_a_metric_without_a_model_is_unknown(world: World) -> None:
    """One metric refused: its probabilities are null, the order is still by value."""
    only = {"resolution": world.bundle.models["resolution"]}
    bundle = dataclasses.replace(world.bundle, models=only)
    run = world.score(bundle)
    of_reply = run.scores["metric"] == "first_response"
    assert run.degraded is None
    assert run.scores.loc[of_reply, "breach_probability"].isna().all()
    assert run.queue["value"].notna().any()


def test_pickups_bring_the_turn(world: World) -> None:
    """Assignments between two runs are counted per group; the turn puts the oldest on top."""
    since = world.now - pd.Timedelta(hours=2)
    log = world.tables.ticket_events
    assigned = log[
        (log["kind"] == "assigned") & (log["known_at"] >= since) & (log["known_at"] < world.now)
    ]
    before = world.score(None, as_of=since)
    run = world.score(None, turns=before.turns)
    assert sum(turn.n_pickups for turn in run.turns) == len(assigned) > 5
    due = [dataclasses.replace(turn, n_pickups=19) for turn in before.turns]
    turned = world.score(None, turns=due)
    on_top = {turn.ticket_id for turn in turned.turns if turn.ticket_id}
    placed = turned.queue[turned.queue["placed_by"] == "turn"]
    assert set(placed["ticket_id"]) == on_top
    assert len(on_top) > 0
    assert placed["reason"].str.startswith("longest untouched in its group").all()


def test_an_empty_desk(world: World, store: Store) -> None:
    """Before the first ticket there is nothing to rank; that is a run like any other."""
    first = pd.Timestamp(int(world.history.ticket_known_at.min()), unit="us", tz="UTC")
    run = world.score(None, as_of=first)
    assert (len(run.scores), len(run.queue), len(run.flags)) == (0, 0, 0)
    store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))
    assert queries.queue(store) == []


def test_published_and_read_back(run: ScoredRun, store: Store) -> None:
    """What was scored is what is read: queue, clocks, customers, turns."""
    store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))
    rows = queries.queue(store)
    assert [row["ticket_id"] for row in rows] == run.queue["ticket_id"].tolist()
    assert rows[0]["reasons"] == run.queue["reasons"].iloc[0]
    clocks = queries.ticket(store, rows[0]["ticket_id"])["clocks"]
    scores = run.scores.set_index("ticket_id").loc[[rows[0]["ticket_id"]]]
    assert sorted(c["metric"] for c in clocks) == sorted(scores["metric"])
    assert len(queries.customers(store)) == len(run.flags) == 10
    assert store.turns() == run.turns


def test_flagged_customers_have_open_risk(run: ScoredRun) -> None:
    """Flags are ordered by volume times open risk, worked out again here."""
    risk = run.flags["expected_breaches"].fillna(0) + run.flags["n_breached_open"]
    product = (run.flags["volume_28d"] * risk).to_numpy()
    assert (np.diff(product) <= 0).all()
    assert (product > 0).all()


def test_turns_start_with_the_first_run(run: ScoredRun, world: World) -> None:
    """The first run counts no pickup of the past."""
    assert {turn.n_pickups for turn in run.turns} == {0}
    now = world.now.to_pydatetime()
    assert all(turn == Turn(turn.group_id, 0, None, now) for turn in run.turns)


def shown_order(run: ScoredRun, **changes: Any) -> FormerOrder:
    """The order of a run as it would be read back; ``changes``: columns."""
    return FormerOrder(run.as_of, run.queue.assign(**changes))


def test_the_shown_order_is_remembered(run: ScoredRun, world: World) -> None:
    """The same instant scored again: the same order, each ticket with its former place."""
    again = world.score(world.bundle, former=shown_order(run))
    assert run.queue["previous_position"].isna().all()
    assert again.queue["previous_position"].tolist() == run.queue["position"].tolist()
    assert again.queue["ticket_id"].tolist() == run.queue["ticket_id"].tolist()


def test_a_turned_order_comes_back_in_steps(run: ScoredRun, world: World) -> None:
    """Had the tickets stood in reverse, each of them would move by fifty places at most.

    Who moves on tells where to; guards, lost and waiting ones are where they belong at once.
    """
    ids = run.queue.loc[run.queue["placed_by"] == "value", "ticket_id"]
    place = run.queue["position"].copy()
    place[ids.index] = place[ids.index].to_numpy()[::-1]
    turned = world.score(world.bundle, former=shown_order(run, position=place))
    moved = (turned.queue["position"] - turned.queue["previous_position"]).abs()
    by_value = turned.queue["placed_by"] == "value"
    assert moved[by_value].max() == 50
    rest = run.queue["placed_by"] != "value"
    assert turned.queue.loc[~by_value, "ticket_id"].equals(run.queue.loc[rest, "ticket_id"])
    on_the_way = turned.queue["reason"].str.contains("on its way to place")
    assert on_the_way[by_value].mean() > 0.25
    assert not on_the_way[~by_value].any()


@pytest.mark.parametrize(
    "change",
    [
        {"list": "lost"}, {"placed_by": "turn"}, {"priority": "other"}, {"group_id": "other"},
        {"is_breached": True}, {"live_metrics": "none"},
    ],
)  # fmt: skip
def test_whoever_is_in_another_state_is_free(
    run: ScoredRun, world: World, change: dict[str, Any]
) -> None:
    """A change of list, guard, priority, group or clocks ends the hold at once."""
    place = run.queue["position"].to_numpy()[::-1]
    where = run.queue["is_breached"] if "is_breached" in change else None
    changed = shown_order(run, position=place, **change)
    free = world.score(world.bundle, former=changed).queue
    if where is None:
        assert free["ticket_id"].tolist() == run.queue["ticket_id"].tolist()
    else:
        healthy = run.queue["ticket_id"][~where]
        order = free["ticket_id"][free["ticket_id"].isin(healthy)]
        assert order.tolist() == healthy.tolist()


def test_an_event_ends_the_hold(run: ScoredRun, world: World) -> None:
    """An order of half an hour ago, in reverse: tickets with a new event are placed freely."""
    before = world.score(world.bundle, as_of=world.now - pd.Timedelta(minutes=30))
    former = shown_order(before, position=before.queue["position"].to_numpy()[::-1])
    now = world.score(world.bundle, former=former).queue
    log = world.tables.ticket_events
    fresh = (log["known_at"] >= former.as_of) & (log["known_at"] < world.now)
    touched = now["ticket_id"].isin(log.loc[fresh, "ticket_id"]) & (now["placed_by"] == "value")
    assert touched.sum() > 0
    for row in now[touched].itertuples():
        above = now[(now["position"] < row.position) & (now["placed_by"] == "value")]
        assert (above["log_value"].fillna(-np.inf) >= row.log_value).all()


def test_an_old_or_later_order_holds_nobody(run: ScoredRun, world: World) -> None:
    """After more than an hour, or for an earlier instant, the order is by value at once."""
    reverse = run.queue.assign(position=run.queue["position"].to_numpy()[::-1])
    for hours in (-1.5, 0.5):
        as_of = run.as_of + dt.timedelta(hours=hours)
        queue = world.score(world.bundle, former=FormerOrder(as_of, reverse)).queue
        assert queue["ticket_id"].tolist() == run.queue["ticket_id"].tolist()
        assert queue["previous_position"].notna().all()


def test_the_shown_order_is_read_back(run: ScoredRun, world: World, store: Store) -> None:
    """Published and read, it holds as it would have from memory."""
    assert store.former_order() is None
    store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))
    former = store.former_order()
    assert former is not None
    assert former.as_of == run.as_of
    later = world.now + pd.Timedelta(minutes=20)
    assert_same(
        world.score(world.bundle, as_of=later, former=former),
        world.score(world.bundle, as_of=later, former=shown_order(run)),
    )
