"""Building the timelines of a whole history, without a loop over tickets or events."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from forewarn.config import METRICS, SlaConfig
from forewarn.progress import Progress, silent
from forewarn.sla.actions import Block, build_metric
from forewarn.sla.attach import Tickets
from forewarn.sla.calendar import Calendar, calendar_from_config
from forewarn.sla.events import Int64, microseconds, read_events
from forewarn.sla.intervals import ALWAYS, OpenIntervals, compile_calendar
from forewarn.sla.metrics import MetricRule, metric_rule
from forewarn.sla.openings import NAT
from forewarn.sla.situations import read_attributes
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables

__all__ = ["Timelines", "build_timelines", "compile_calendars"]

_DAY = 86_400 * 1_000_000
_YEAR = 366 * _DAY
_EARLIEST, _LATEST = -70 * _YEAR, 230 * _YEAR  # 1900 to 2200: no calendar is compiled beyond


def build_timelines(tables: Tables, sla: SlaConfig, *, progress: Progress = silent) -> Timelines:
    """Every clock that the tables and the policies give rise to.

    A ticket gets a clock of a metric where a deadline was imported for it, or a policy matches
    and promises something for its priority (at any time of its life). Raises ConfigError where
    a policy looks at a column that is not there.
    """
    progress("Clocks: reading events", 0.0)
    events = read_events(tables)
    attributes = read_attributes(tables, events, sla)
    blocks = []
    for i, metric in enumerate(sorted(sla.metrics, key=METRICS.index)):
        progress(f"Clocks: {metric}", 0.3 + 0.5 * i / len(sla.metrics))
        rule = metric_rule(metric, sla)
        tickets = _tickets(tables, rule)
        blocks.append(build_metric(rule, tickets, events, attributes, sla))
    progress("Clocks: putting together", 0.8)
    timelines = _assemble(blocks, tables, sla)
    progress("Clocks", 1.0)
    return timelines


def compile_calendars(tables: Tables, sla: SlaConfig) -> tuple[OpenIntervals, ...]:
    """Around the clock, then each calendar of the configuration in the order given there.

    They span the data and three years after it, more where a promise takes longer.
    """
    first = _reach_back(tables)
    watermark = _watermark(tables)
    longest = max(
        (d for p in sla.policies for t in p.targets.values() for d in t.values()), default=None
    )
    budget = 0 if longest is None else round(longest.total_seconds() * 1_000_000)
    compiled = [ALWAYS]
    for name, config in sla.calendars.items():
        calendar = calendar_from_config(name, config)
        last = min(watermark + 3 * _YEAR + 2 * round(budget / _open_share(calendar)), _LATEST)
        compiled.append(compile_calendar(calendar, first=first, last=last))
    return tuple(compiled)


def _watermark(tables: Tables) -> int:
    return int(tables.watermark.to_datetime64().astype("datetime64[us]").astype(np.int64))


def _reach_back(tables: Tables) -> int:
    instants = [
        microseconds(tables.tickets["created_at"]),
        microseconds(tables.ticket_events["occurred_at"]),
    ]
    earliest = min((int(a.min()) for a in instants if a.size), default=0)
    return max(earliest - _YEAR, _EARLIEST)


def _open_share(calendar: Calendar) -> float:
    """Open share of an ordinary week; at least an hour's, so that spans stay finite."""
    seconds = sum(w.end - w.start for windows in calendar.windows for w in windows)
    return max(seconds, 3600) / (7 * 86_400)


def _tickets(tables: Tables, rule: MetricRule) -> Tickets:
    created_at = microseconds(tables.tickets["created_at"])
    due_at = microseconds(tables.tickets[f"{rule.metric}_due_at"])
    return Tickets(
        created_at=created_at,
        known_at=np.maximum(created_at, microseconds(tables.tickets["known_at"])),
        is_imported=due_at != NAT,
        due_at=due_at,
    )


def _assemble(blocks: Sequence[Block], tables: Tables, sla: SlaConfig) -> Timelines:
    """All metrics' clocks in the order (ticket, metric, cycle), and their terms numbered."""
    ticket = np.concatenate([b.ticket for b in blocks])
    cycle = np.concatenate([b.cycle for b in blocks])
    metric = np.concatenate([np.full(b.ticket.size, b.metric, np.int8) for b in blocks])
    order = np.argsort(ticket, kind="stable")  # blocks come by metric, each by cycle
    place = np.empty(order.size, np.int64)
    place[order] = np.arange(order.size)
    counts = np.concatenate([np.bincount(b.clock, minlength=b.ticket.size) for b in blocks])
    start = np.concatenate([[0], np.cumsum(counts[order])])
    destinations = _destinations(blocks, place, start)
    terms, table = _number_terms(blocks)
    policy_calendar = _policy_calendars(sla)
    return Timelines(
        clock_ticket=ticket[order],
        clock_metric=metric[order],
        clock_cycle=cycle[order].astype(np.int16),
        action_start=start,
        action_at=_scatter([b.at for b in blocks], destinations, np.int64),
        action_known_at=_scatter([b.known_at for b in blocks], destinations, np.int64),
        action_kind=_scatter([b.kind for b in blocks], destinations, np.int8),
        action_terms=_scatter(terms, destinations, np.int32),
        terms_policy=table[:, 0].astype(np.int16),
        terms_target=np.ascontiguousarray(table[:, 1]),
        terms_calendar=policy_calendar[table[:, 0]],
        terms_imported=table[:, 0] < 0,
        policies=tuple(p.name for p in sla.policies),
        calendars=compile_calendars(tables, sla),
        watermark=_watermark(tables),
    )


def _destinations(blocks: Sequence[Block], place: Int64, start: Int64) -> list[Int64]:
    """For each block's actions their positions among all."""
    found, n_before = [], 0
    for block in blocks:
        counts = np.bincount(block.clock, minlength=block.ticket.size)
        within = np.arange(block.clock.size) - np.repeat(np.cumsum(counts) - counts, counts)
        found.append(start[place[n_before + block.clock]] + within)
        n_before += block.ticket.size
    return found


def _scatter(
    parts: Sequence[np.ndarray], destinations: Sequence[Int64], dtype: type[np.generic]
) -> np.ndarray:
    out = np.empty(sum(p.size for p in parts), dtype)
    for part, destination in zip(parts, destinations, strict=True):
        out[destination] = part
    return out


def _number_terms(blocks: Sequence[Block]) -> tuple[list[NDArray[np.int32]], Int64]:
    """Distinct (policy, target) as a table, and for each action its row there or -1."""
    policy = np.concatenate([b.promises.policy for b in blocks]).astype(np.int64)
    target = np.concatenate([b.promises.target for b in blocks])
    promised = np.flatnonzero(target != NAT)
    order = promised[np.lexsort((target[promised], policy[promised]))]
    fresh = np.ones(order.size, bool)
    fresh[1:] = (np.diff(policy[order]) != 0) | (np.diff(target[order]) != 0)
    number = np.full(target.size, -1, np.int32)
    number[order] = np.cumsum(fresh) - 1
    table = np.column_stack([policy[order][fresh], target[order][fresh]])
    ends = np.cumsum([b.promises.target.size for b in blocks])
    parts = np.split(number, ends[:-1])
    terms = [np.append(p, np.int32(-1))[b.promise] for p, b in zip(parts, blocks, strict=True)]
    return terms, table


def _policy_calendars(sla: SlaConfig) -> NDArray[np.int16]:
    """For each policy the position of its calendar; the last stands for imported deadlines."""
    names = list(sla.calendars)
    positions = [0 if p.calendar is None else 1 + names.index(p.calendar) for p in sla.policies]
    return np.array([*positions, 0], np.int16)
