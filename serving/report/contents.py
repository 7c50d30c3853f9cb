"""All tables of the report, computed; nothing here draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from forewarn.config import Config
from serving.levels import level_contacts
from serving.report import verdict
from serving.report.costs import Costs, Excused, costs_of, excused_by
from serving.report.judgement import Judgement, judge
from serving.report.limits import known_limits, versions
from serving.report.periods import RECENT, Change, Line, by_column, change, weekly, yearly
from serving.report.promises import decided_promises
from serving.report.service import Credits, Level, credits_of, level_of
from serving.report.sources import Sources
from serving.report.standing import Standing, standing_of
from serving.report.timeline import TicketTimeline, timelines_of

PICTURED = 5
"""Tickets in line whose clocks are drawn."""


@dataclass(frozen=True)
class Contents:
    """Everything that the page shows, in its order."""

    title: str
    as_of: pd.Timestamp
    zone: ZoneInfo
    headline: str
    sentences: list[str]
    changes: dict[str, Change]
    weekly: pd.DataFrame
    groups: list[Line]
    priorities: list[Line]
    levels: list[Level]
    costs: list[Costs]
    excused: list[Excused]
    credits: Credits | None
    standing: Standing | None
    timelines: list[TicketTimeline]
    judgements: list[Judgement] | None
    customers: list[dict[str, object]]
    limits: list[str]
    versions: list[tuple[str, str]]


def compute(sources: Sources, config: Config) -> Contents:
    """The report's content from what was read."""
    zone, as_of = ZoneInfo(config.report.time_zone), sources.as_of
    decided = decided_promises(sources.tables, sources.timelines, config.sla, as_of=as_of)
    names = _group_names(sources)
    metrics: list[str] = [m for m in config.sla.metrics if (decided["metric"] == m).any()]
    of_metric = {m: decided[decided["metric"] == m] for m in metrics}
    changes = {m: change(part, as_of=as_of, length=RECENT) for m, part in of_metric.items()}
    years = {m: found for m, part in of_metric.items() if (found := yearly(part, as_of=as_of))}
    costs = costs_of(decided, as_of=as_of, zone=zone)
    run = sources.run
    standing = None if run is None else standing_of(run, sources.queue, names=names)
    order = config.queue.priorities
    return Contents(
        title=config.report.title,
        as_of=as_of,
        zone=zone,
        headline=verdict.headline(changes),
        sentences=verdict.opening(changes, years, costs, standing),
        changes=changes,
        weekly=weekly(decided, as_of=as_of, zone=zone),
        groups=by_column(decided, "group_id", as_of=as_of, metrics=metrics, names=names),
        priorities=by_column(decided, "priority", as_of=as_of, metrics=metrics, order=order),
        levels=_levels(sources, config, names),
        costs=costs,
        excused=excused_by(decided, config.sla.excuses, as_of=as_of),
        credits=credits_of(
            decided, sources.tables.customers, config.sla.policies, as_of=as_of, zone=zone.key
        ),
        standing=standing,
        timelines=[] if standing is None else _timelines(sources, standing, zone),
        judgements=_judgements(sources, config),
        customers=sources.customers,
        limits=known_limits(sources, config),
        versions=versions(sources, config),
    )


def _judgements(sources: Sources, config: Config) -> list[Judgement] | None:
    if sources.evaluation is None:
        return None
    return judge(sources.evaluation, time_zone=config.report.time_zone)


def _levels(sources: Sources, config: Config, names: Mapping[str, str]) -> list[Level]:
    if not config.sla.service_levels:
        return []
    contacts = level_contacts(sources.tables, config.sla, as_of=sources.as_of)
    zone = config.report.time_zone
    return [
        level_of(contacts, level, as_of=sources.as_of, zone=zone, names=names)
        for level in config.sla.service_levels
    ]


def _timelines(sources: Sources, standing: Standing, zone: ZoneInfo) -> list[TicketTimeline]:
    first = standing.top[:PICTURED]
    return timelines_of(first, sources.tables, sources.timelines, as_of=sources.as_of, zone=zone)


def _group_names(sources: Sources) -> dict[str, str]:
    named = sources.tables.groups.dropna(subset="name").drop_duplicates("group_id", keep="last")
    return dict(zip(named["group_id"], named["name"], strict=True))
