"""The queue of one run: work, value, guards, order and reasons put together."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from models.bundle import ModelBundle
from serving.desk import Desk
from serving.former import FormerOrder, former_positions, held_places
from serving.helps import what_helps
from serving.incidents import form_items, item_words, name_incidents
from serving.lottery import draw_lots, lot_words
from serving.order import order_queue, place_tickets, unworked
from serving.own_targets import apply_targets, tightest
from serving.phrases import COMPANIONS, PHRASES
from serving.pickups import observed_pickups
from serving.predict import contributions
from serving.reasons import also_said, clock_facts, explain
from serving.run import Turn
from serving.steady import Steady
from serving.turns import count_pickups, give_turns
from serving.weigh import weigh_tickets
from serving.words import sentence

_PHRASES_IN_A_SENTENCE = 3
_CLOCK_FACTS = ["metric", "state", "is_breached", "remaining_seconds", "target_seconds"]


@dataclass(frozen=True)
class Ranking:
    """``queue``: the open tickets in order. ``turns``: the guard's. ``tightening``: what internal
    targets did, in words; null where there are none.
    """

    queue: pd.DataFrame
    turns: tuple[Turn, ...]
    tightening: str | None


def rank_tickets(
    history: History,
    config: Config,
    bundle: ModelBundle | None,
    desk: Desk,
    *,
    as_of: pd.Timestamp,
    turns: Iterable[Turn],
    former: FormerOrder | None,
    run_id: int,
) -> Ranking:
    """The open tickets in order, by rule where there is no model.

    ``desk``: its clocks carry breach_probability. ``former``: the order that is shown now;
    ``run_id``: of the run, for lotteries.
    """
    tickets = _with_penalties(desk, config)
    if bundle is not None:
        tickets = _with_work(tickets, desk, bundle)
    desk, tightening = apply_targets(
        desk, tickets, settings=config.sla.tighten, by_rule=bundle is None
    )
    by_rule = bundle is None
    weighed = weigh_tickets(tickets, desk.clocks, queue=config.queue, by_rule=by_rule)
    weighed = weighed.assign(incident=name_incidents(weighed))
    weighed = form_items(weighed, desk.clocks, queue=config.queue, by_rule=by_rule)
    top = config.queue.priorities[0]
    given = _turns(history, config, weighed, as_of=as_of, turns=turns, top_priority=top)
    placed = place_tickets(weighed, turns=given, top_priority=top)
    if not by_rule:
        placed = draw_lots(placed, former, run_id=run_id, settings=config.interventions)
    else:
        placed = placed.assign(arm=None, propensity=np.nan)
    steady = _steady(history, config, placed, former, as_of=as_of)
    placed = placed.assign(
        previous_position=former_positions(placed, former).astype("Int64"),
        is_held=steady.place.notna(),
    )
    queue = order_queue(placed, steady=steady)
    expected = queue["work_minutes"] if bundle is not None else float("nan")
    queue = queue.assign(expected_minutes=expected)
    queue = _with_reasons(queue, desk, bundle, n=config.queue.reasons_for)
    queue = also_said(queue, item_words(queue), in_front=True)
    queue = also_said(queue, lot_words(queue), in_front=True)
    queue = also_said(queue, _who_tells(queue))
    return Ranking(_with_holds(_with_targets(queue, desk), steady), given, tightening)


def _who_tells(queue: pd.DataFrame) -> list[str | None]:
    """Of each lost ticket who should tell the customer, as far as known."""
    return [
        f"{owner} should tell the customer" if listed == "lost" and isinstance(owner, str) else None
        for listed, owner in zip(queue["list"], queue["owner"], strict=True)
    ]


def _with_targets(queue: pd.DataFrame, desk: Desk) -> pd.DataFrame:
    """The queue with ``tightened_by``, the rule of an internal target, and words for it."""
    found = tightest(desk).reindex(queue["ticket_id"])
    by, words = (_texts(found[name]) for name in ("tightened_by", "internal_words"))
    return also_said(queue.assign(tightened_by=pd.Series(by, queue.index, dtype=object)), words)


def _texts(column: pd.Series) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in column]


def _steady(
    history: History,
    config: Config,
    placed: pd.DataFrame,
    former: FormerOrder | None,
    *,
    as_of: pd.Timestamp,
) -> Steady:
    """What of the order that is shown now holds on."""
    settings = config.queue
    places = held_places(history, placed, former, as_of=as_of, hold_for=settings.hold_for)
    return Steady(places, settings.rank_moves, math.log1p(settings.hysteresis))


def _with_holds(queue: pd.DataFrame, steady: Steady) -> pd.DataFrame:
    """The queue, where the bound on moves keeps a ticket far from its place by value, said so."""
    if steady.moves is None:
        return queue
    far = (queue["position"] - queue["free_position"]).abs() >= steady.moves
    is_far = far & queue["is_held"]
    places = zip(is_far, queue["free_position"], strict=True)
    return also_said(queue, [f"on its way to place {n}" if held else None for held, n in places])


def _with_penalties(desk: Desk, config: Config) -> pd.DataFrame:
    """The tickets with the weighted penalty of each metric; 0 where no clock of it is open."""
    tickets = desk.tickets
    for metric in config.sla.metrics:
        of_metric = desk.clocks[desk.clocks["metric"] == metric]
        weighted = of_metric["penalty"] * of_metric["weight"]
        costs = weighted.groupby(of_metric["ticket_id"]).max()
        cost = tickets["ticket_id"].map(costs).astype("float64").fillna(0.0)
        tickets = tickets.assign(**{f"penalty_{metric}": cost})
    return tickets


def _with_work(tickets: pd.DataFrame, desk: Desk, bundle: ModelBundle) -> pd.DataFrame:
    """The tickets with the work that each still needs."""
    estimate = bundle.work.for_tickets(desk.features.loc[tickets["any_clock"]])
    parts = {"work": estimate.remaining, "touch": estimate.next_touch, "reply": estimate.reply}
    columns = {
        f"{kind}_{name}": values
        for kind, minutes in parts.items()
        for name, values in (
            ("minutes", minutes.expected),
            ("log_mean", minutes.log_mean),
            ("log_sigma", minutes.log_sigma),
        )
    }
    return tickets.assign(**columns)


def _turns(
    history: History,
    config: Config,
    tickets: pd.DataFrame,
    *,
    as_of: pd.Timestamp,
    turns: Iterable[Turn],
    top_priority: str,
) -> tuple[Turn, ...]:
    """The guard's count brought up to ``as_of``, and whose turn it is in each group."""
    every, instant = config.queue.oldest_every, as_of.to_pydatetime()
    before = [turn for turn in turns if turn.counted_until <= instant]
    since = min((turn.counted_until for turn in before), default=instant)
    pickups = observed_pickups(history, since=since, as_of=instant)
    groups = sorted(tickets["group_id"].dropna().unique())
    counts = count_pickups(before, pickups, groups=groups, as_of=instant, every=every)
    may = unworked(tickets, top_priority=top_priority)
    return give_turns(counts, may, as_of=instant, every=every)


def _with_reasons(
    queue: pd.DataFrame, desk: Desk, bundle: ModelBundle | None, *, n: int
) -> pd.DataFrame:
    """The queue with ``reasons`` and ``reason``: in full for the first ``n`` rows.

    The others tell what their clock says.
    """
    next_clocks = desk.clocks.loc[queue["next_clock"], _CLOCK_FACTS].reset_index(drop=True)
    rows = queue[["placed_by", "is_unworked"]].join(next_clocks)
    top = pd.Index(queue["next_clock"].head(n))
    added = None if bundle is None else contributions(bundle, desk, top)
    said = explain(rows.head(n), desk.features.loc[top], added)
    if bundle is not None:
        helps = what_helps(bundle, desk, top)
        said = [
            [*of_row, *([h] if isinstance(h, str) else [])]
            for of_row, h in zip(said, helps, strict=True)
        ]
    said += [clock_facts(row) for row in rows.iloc[len(said) :].to_dict("records")]
    reasons = pd.Series(said, index=queue.index, dtype=object)
    short = [sentence(all_said[:_PHRASES_IN_A_SENTENCE]) for all_said in said]
    return queue.assign(reasons=reasons, reason=pd.Series(short, queue.index, dtype="str"))


def reason_features() -> list[str]:
    """Features that reasons speak of, or compare with."""
    return [*(phrase.feature for phrase in PHRASES), *COMPANIONS]
