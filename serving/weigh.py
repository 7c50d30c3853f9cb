"""From open clocks and expected work to what each ticket is worth now."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config import METRICS, REPLIES, Metric
from forewarn.config.settings import QueueConfig
from serving.order import assign_lists
from serving.priority import Floats, Work, can_be_met, log_worth

Bools = NDArray[np.bool_]
_EPOCH = pd.Timestamp(0, tz="UTC")
_ENDLESS = pd.Timestamp("2262-01-01", tz="UTC")


def weigh_tickets(
    tickets: pd.DataFrame, clocks: pd.DataFrame, *, queue: QueueConfig, by_rule: bool = False
) -> pd.DataFrame:
    """The tickets with what their clocks say, their value, list and urgency.

    ``tickets``: one row per open ticket, ticket_id unique; penalty_METRIC (per breach, times its
    weight) of each metric that has clocks; and the work: minutes, log_mean and log_sigma of the
    remaining hands-on minutes (work_...), of the next touch (touch_...) and of the work until
    the next public reply (reply_...).
    ``clocks``: one row per open clock as in ``scores``, with internal_seconds.
    ``by_rule``: nobody can tell the work (its columns are not read): the earlier due date
    is the more urgent, and no ticket has a value.

    Adds next_clock (its label in ``clocks``), next_metric, next_due_at, breach_probability
    (the highest of the open clocks'), is_breached, has_clock, is_live, live_metrics (those that
    can still be kept, by comma), is_waiting, log_value, value, urgency and list.
    """
    tickets = _with_next_clock(tickets.reset_index(drop=True), clocks)
    running = set(clocks["metric"])
    promised = [m for m in METRICS if m in running or f"penalty_{m}" in tickets]
    slack = _slacks(tickets["ticket_id"], clocks, promised, left="remaining_seconds")
    if by_rule:
        tickets = _by_due_date(tickets, slack)
    else:
        inner = _slacks(tickets["ticket_id"], clocks, promised, left="internal_seconds")
        tickets = _by_value(tickets, slack, inner, queue=queue)
    return tickets.assign(list=assign_lists(tickets))


def _by_due_date(tickets: pd.DataFrame, slack: dict[Metric, Floats]) -> pd.DataFrame:
    """Live is what runs unbreached; of two such tickets the one due earlier is more urgent."""
    due = tickets["next_due_at"].fillna(_ENDLESS) - _EPOCH
    live = {metric: ~np.isnan(left) for metric, left in slack.items()}
    return tickets.assign(
        **_live(live),
        log_value=np.nan,
        value=np.nan,
        urgency=-due.dt.total_seconds(),
    )


def _by_value(
    tickets: pd.DataFrame,
    slack: dict[Metric, Floats],
    inner: dict[Metric, Floats],
    *,
    queue: QueueConfig,
) -> pd.DataFrame:
    """Live is what can still be met; urgency is the logarithm of the value index.

    ``inner``: as ``slack``, left on the internal targets; one that cannot be met any more is
    forgotten, and the promise counts.
    """
    whole, reply = _work(tickets, "work"), _reply(tickets)
    work = {metric: reply if metric in REPLIES else whole for metric in slack}
    worth = [
        log_worth(
            np.where(can_be_met(inner[metric], work=work[metric]), inner[metric], left),
            work=work[metric],
            penalty=tickets[f"penalty_{metric}"].to_numpy(dtype=float),
            wait=_wait_minutes(queue, metric),
            weight=queue.first_response_weight if metric == "first_response" else 1.0,
        )
        for metric, left in slack.items()
    ]
    log_value = np.logaddexp.reduce(worth)
    live = {metric: can_be_met(left, work=work[metric]) for metric, left in slack.items()}
    return tickets.assign(
        **_live(live),
        log_value=np.where(np.isfinite(log_value), log_value, np.nan),
        value=np.where(np.isfinite(log_value), np.exp(log_value), np.nan),
        urgency=log_value,
    )


def _live(by_metric: dict[Metric, Bools]) -> dict[str, Any]:
    """Whether any promise can still be kept, and which."""
    names = list(by_metric)
    rows = np.column_stack(list(by_metric.values()))
    told = [",".join(np.compress(row, names)) for row in rows]
    return {"is_live": rows.any(axis=1), "live_metrics": np.array(told, object)}


def _slacks(
    ids: "pd.Series[str]", clocks: pd.DataFrame, metrics: Sequence[Metric], *, left: str
) -> dict[Metric, Floats]:
    """By metric the open minutes left on the running, unbreached clock; NaN where there is none.

    ``left``: the column of seconds that counts.
    """
    live = clocks[(clocks["state"] == "running") & ~clocks["is_breached"]]
    found: dict[Metric, Floats] = {}
    for metric in metrics:
        of_metric = live[live["metric"] == metric]
        minutes = of_metric.groupby("ticket_id")[left].min() / 60.0
        found[metric] = ids.map(minutes).to_numpy(dtype=float)
    return found


def _work(tickets: pd.DataFrame, kind: str) -> Work:
    names = ("log_mean", "log_sigma", "minutes")
    return Work(*(tickets[f"{kind}_{name}"].to_numpy(dtype=float) for name in names))


def _reply(tickets: pd.DataFrame) -> Work:
    """Work until the next public reply; its price is the whole touch."""
    reply, touch = _work(tickets, "reply"), _work(tickets, "touch")
    return Work(reply.log_mean, reply.log_sigma, touch.minutes)


def _wait_minutes(queue: QueueConfig, metric: Metric) -> float:
    """Mean further wait; a metric that the configuration leaves out keeps its default."""
    like: Metric = "first_response" if metric in REPLIES else "resolution"
    default = QueueConfig().wait.get(metric, QueueConfig().wait[like])
    return queue.wait.get(metric, default).total_seconds() / 60.0


def _with_next_clock(tickets: pd.DataFrame, clocks: pd.DataFrame) -> pd.DataFrame:
    """Per ticket: the clock that matters next, and what holds for all its clocks.

    Next is the running clock that can still break first; then a running one that broke
    already; then a paused one, which has no due date.
    """
    is_running = clocks["state"] == "running"
    rank = np.select([is_running & ~clocks["is_breached"], is_running], [0, 1], default=2)
    ordered = clocks.assign(rank=rank).sort_values(
        ["ticket_id", "rank", "due_at", "remaining_seconds", "metric", "cycle"], kind="stable"
    )
    first = ordered.drop_duplicates("ticket_id").rename_axis("clock").reset_index()
    ids = tickets["ticket_id"]
    next_clock = first.set_index("ticket_id").reindex(ids).set_axis(tickets.index)
    chance = clocks.groupby("ticket_id")["breach_probability"].max().reindex(ids)
    paused = clocks[clocks["state"] == "paused"]["ticket_id"]
    breached = clocks[clocks["is_breached"]]["ticket_id"]
    return tickets.assign(
        next_clock=next_clock["clock"],
        next_metric=next_clock["metric"],
        next_due_at=next_clock["due_at"],
        breach_probability=chance.to_numpy(),
        is_breached=ids.isin(breached),
        has_clock=ids.isin(clocks["ticket_id"]),
        is_waiting=ids.isin(paused),
    )
