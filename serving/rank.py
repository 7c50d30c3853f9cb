"""The queue of one run: work, value, guards, order and reasons put together."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from features.history import History
from forewarn.config import Config
from models.bundle import ModelBundle
from serving.desk import Desk
from serving.former import FormerOrder, former_positions, held_places
from serving.incidents import form_items, name_incidents
from serving.lottery import draw_lots
from serving.order import order_queue, place_tickets, unworked
from serving.own_targets import apply_targets
from serving.pickups import observed_pickups
from serving.run import Turn
from serving.steady import Steady
from serving.telling import tell
from serving.turns import count_pickups, give_turns
from serving.weigh import weigh_tickets


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
    desk, weighed, tightening = _weighed(config, bundle, desk)
    top = config.queue.priorities[0]
    given = _turns(history, config, weighed, as_of=as_of, turns=turns, top_priority=top)
    placed = draw_lots(
        place_tickets(weighed, turns=given, top_priority=top), former,
        run_id=run_id, settings=config.interventions, may_draw=bundle is not None,
    )  # fmt: skip
    steady = _steady(history, config, placed, former, as_of=as_of)
    placed = placed.assign(
        previous_position=former_positions(placed, former).astype("Int64"),
        is_held=steady.place.notna(),
    )
    queue = order_queue(placed, steady=steady)
    expected = queue["work_minutes"] if bundle is not None else float("nan")
    told = tell(
        queue.assign(expected_minutes=expected), desk, bundle,
        steady=steady, n=config.queue.reasons_for,
    )  # fmt: skip
    return Ranking(told, given, tightening)


def _weighed(
    config: Config, bundle: ModelBundle | None, desk: Desk
) -> tuple[Desk, pd.DataFrame, str | None]:
    """The desk with the internal targets that count, its tickets as weighed items, and words."""
    by_rule = bundle is None
    tickets = _with_penalties(desk, config)
    if bundle is not None:
        tickets = _with_work(tickets, desk, bundle)
    desk, tightening = apply_targets(desk, tickets, settings=config.sla.tighten, by_rule=by_rule)
    weighed = weigh_tickets(tickets, desk.clocks, queue=config.queue, by_rule=by_rule)
    weighed = weighed.assign(incident=name_incidents(weighed))
    return (
        desk, form_items(weighed, desk.clocks, queue=config.queue, by_rule=by_rule), tightening
    )  # fmt: skip


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
