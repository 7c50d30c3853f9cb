"""``forewarn check``: what the configuration and a sample of the data mean, in words."""

import datetime as dt
import re
from collections.abc import Sequence

import pyarrow.compute as pc

from forewarn.config import CalendarConfig, Config, PolicyConfig, TighteningRule
from forewarn.config.policies import in_words
from forewarn.errors import DataError
from forewarn.local_time import local
from forewarn.quarantine import examples
from forewarn.sla.calendar import calendar_from_config
from forewarn.sources.sample import Sample, take_sample
from forewarn.sources.shapes import TICKET_SHAPES
from forewarn.tables import read_manifest
from forewarn.workspace import Workspace

_ROWS = 20_000
_MOST_SHOWN = 8
_FEATURES = ("channel", "product", "category", "type", "priority", "group_id", "language")
_OUTCOME = re.compile(
    r"clos|resol|solv|made_?sla|on_?time|breach|overdue|satisf|csat|reopen|status|ended|final",
    re.IGNORECASE,
)


def check_workspace(ws: Workspace) -> list[str]:
    """Lines that say what was understood, and what looks wrong (they begin with 'Look:').

    Reads a sample of every source, keeps nothing. Raises ConfigError and SourceError for
    what cannot hold.
    """
    config = ws.config
    calendars = [_calendar(name, c) for name, c in config.sla.calendars.items()]
    samples = [take_sample(s, root=ws.root, limit=_ROWS) for s in config.sources]
    lines = [f"{ws.config_path.name} is valid.", ""]
    for sample in samples:
        lines += _source(sample, config.report.time_zone)
    lines += ["", *_promises(config), *calendars, *_policies(config, samples)]
    lines += ["", *_columns(config, samples), "", _ingested(ws)]
    return lines


def _source(sample: Sample, time_zone: str) -> list[str]:
    source = sample.source
    what = "all" if sample.is_whole else "the first"
    where = sample.labels[0] if len(sample.labels) == 1 else f"{len(sample.labels)} files"
    lines = [
        f"Source {source.name} ({source.shape}): {where}; {what} {sample.n_read:,} rows looked at."
    ]
    if source.shape in TICKET_SHAPES and sample.rows.num_rows:
        n = pc.count_distinct(sample.rows["ticket_id"]).as_py()
        lines.append(f"  {n:,} tickets{_span(sample, time_zone)}.")
    if sample.n_refused:
        share = sample.n_refused / sample.n_read
        lines.append(f"Look: {sample.n_refused:,} rows ({share:.1%}) would be refused:")
        lines += [f"    {line}" for line in examples(sample.refused)]
    return lines


def _span(sample: Sample, time_zone: str) -> str:
    """From when to when the rows reach, in the report's zone."""
    name = {"change_log": "updated_at", "event_log": "occurred_at"}.get(
        sample.source.shape, "created_at"
    )
    ends = pc.min_max(sample.rows[name]).as_py()
    zone = sample.source.time_zone
    read = f", times without offset read as {zone}" if zone else ""
    first, last = (local(ends[end], time_zone=time_zone) for end in ("min", "max"))
    return f" from {first} to {last}{read}"


def _promises(config: Config) -> list[str]:
    sla = config.sla
    pauses = [f"{m} in {', '.join(s)}" for m, s in sla.pause_on.items() if s and m in sla.metrics]
    change = {
        "retroactive": "a changed priority changes the target, counted from the start",
        "carry": "a changed priority changes the target, and what has elapsed is taken along",
        "restart": "a changed priority starts the clock anew",
        "frozen": "a change of priority changes nothing",
    }
    again = {
        "new_cycle": "starts a new clock",
        "resume": "lets its clock run on",
        "restart": "starts its clock anew",
        "none": "starts no new clock",
    }
    return [
        f"Clocks: {', '.join(sla.metrics)} (version {sla.version}).",
        f"  They pause: {'; '.join(pauses) or 'never'}.",
        f"  In flight, {change[sla.on_change]}; a reopened ticket {again[sla.on_reopen]}.",
    ]


def _calendar(name: str, config: CalendarConfig) -> str:
    calendar_from_config(name, config)
    hours = "; ".join(f"{day} {', '.join(w) or 'closed'}" for day, w in config.windows.items())
    also = {
        "special days": len(config.special_days),
        "closed days": len(config.closed_on),
        "sets of public holidays": len(config.holidays),
        "later versions": len(config.versions),
    }
    more = "".join(f", {n} {what}" for what, n in also.items() if n)
    return f"Calendar {name}: {hours} in {config.time_zone}{more}."


def _policies(config: Config, samples: Sequence[Sample]) -> list[str]:
    lines = [_policy(p) for p in config.sla.policies]
    mapped = {c.name for s in samples for c, _ in s.plan.columns}
    for metric in config.sla.metrics:
        promised = any(metric in p.targets for p in config.sla.policies)
        imported = f"{metric}_due_at" in mapped
        if imported:
            lines.append(f"Tickets with a {metric}_due_at have that deadline and no policy.")
        if not promised and not imported:
            lines.append(
                f"Look: nothing promises {metric}: no policy has a target, and no source maps "
                f"{metric}_due_at. It will have no clocks."
            )
    return [*lines, *map(_rule, config.sla.tighten.rules), *_unmatched(config, samples)]


def _rule(rule: TighteningRule) -> str:
    who = " and ".join(f"{name} is {in_words(asked)}" for name, asked in rule.when.items())
    shares = ", ".join(f"{m} in {100 * part:g} % of the time" for m, part in rule.shares.items())
    return f"Internal target {rule.name}, {who}: {shares}. The promise stays."


def _policy(policy: PolicyConfig) -> str:
    who = " and ".join(f"{name} is {in_words(asked)}" for name, asked in policy.when.items())
    targets = [
        f"{metric} " + ", ".join(f"{_hours(d)} ({p})" for p, d in by_priority.items())
        for metric, by_priority in policy.targets.items()
    ]
    hours = f"in {' or '.join(policy.calendars)} hours" if policy.calendar else "around the clock"
    return f"Policy {policy.name}, {who or 'all tickets'}, {hours}: {'; '.join(targets)}."


def _hours(duration: dt.timedelta) -> str:
    hours, minutes = divmod(round(duration.total_seconds() / 60), 60)
    return " ".join(f"{n}{unit}" for n, unit in ((hours, "h"), (minutes, "m")) if n)


def _unmatched(config: Config, samples: Sequence[Sample]) -> list[str]:
    """Priorities that no policy has a target for."""
    known = {p for policy in config.sla.policies for t in policy.targets.values() for p in t}
    if not known or "default" in known:
        return []
    lines = []
    for sample in (s for s in samples if s.source.shape in TICKET_SHAPES):
        values = pc.value_counts(sample.rows["priority"]).to_pylist()
        lacking = [v for v in values if v["values"] not in known and v["values"] is not None]
        shown = ", ".join(f"{v['values']!r} ({v['counts']:,} rows)" for v in lacking[:_MOST_SHOWN])
        if lacking:
            lines.append(f"Look: no target for priority {shown}: such tickets get no clock.")
    return lines


def _columns(config: Config, samples: Sequence[Sample]) -> list[str]:
    lines = []
    for sample in (s for s in samples if s.source.shape in TICKET_SHAPES):
        mapped = {c.name: name for c, name in sample.plan.columns}
        seen = [mapped[n] for n in _FEATURES if n in mapped]
        seen += [name for _, name in sample.plan.attributes]
        if not seen:
            continue
        used = set(sample.plan.used)
        rest = [h for h in sample.header if h not in used]
        name = sample.source.name
        lines.append(f"Features come from these columns of {name}: {_list(seen)}.")
        lines.append(
            f"Left out, because neither 'columns' nor 'attributes' names them: {_list(rest)}."
        )
        lines += [_leak(n) for n, _ in sample.plan.attributes if _OUTCOME.search(n)]
    if config.features.own:
        lines.append(f"Features of your own: {_list([f.name for f in config.features.own])}.")
    if config.features.exclude:
        lines.append(f"Left out by features.exclude: {_list(config.features.exclude)}.")
    return lines


def _leak(name: str) -> str:
    return (
        f"Look: the attribute {name!r} sounds like an outcome. An attribute must be known when "
        f"its ticket is created; one that is filled in later tells the model the answer."
    )


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _ingested(ws: Workspace) -> str:
    try:
        manifest = read_manifest(ws.tables)
    except DataError as error:
        return str(error)[:1].upper() + str(error)[1:] + "."
    n_tickets, n_events = (manifest["tables"][n]["rows"] for n in ("tickets", "ticket_events"))
    watermark = dt.datetime.fromisoformat(manifest["watermark"])
    return (
        f"Ingested so far: {n_tickets:,} tickets and {n_events:,} events, complete up to "
        f"{local(watermark, time_zone=ws.config.report.time_zone)}."
    )
