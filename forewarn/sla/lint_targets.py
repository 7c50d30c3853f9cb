"""Targets and pauses that cannot be meant so, by the configuration alone."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from forewarn.config import CalendarConfig, Metric, PolicyConfig, SlaConfig
from forewarn.sla.calendar import Window, calendar_from_config
from forewarn.sla.lint_findings import Finding

_AT_WORK = frozenset({"new", "open"})
_NOT_DONE = _AT_WORK | {"pending", "on_hold"}
_WEEKS = 52
"""A deadline that lies further away by the wall clock is hardly meant."""


def pauses(sla: SlaConfig) -> Iterator[Finding]:
    """Clocks that never run, or only while nobody works."""
    for metric, statuses in sla.pause_on.items():
        promised = any(metric in policy.targets for policy in sla.policies)
        if promised and set(statuses) >= _NOT_DONE:
            yield Finding(
                "error", "never-runs", None, f"the {_plain(metric)} clock never runs",
                f"sla.pause_on pauses it in {', '.join(statuses)}: in every status in which a "
                "ticket is not done. It can never be broken.",
                "Leave at least new and open out of sla.pause_on.", metric=metric,
            )  # fmt: skip
        elif promised and set(statuses) >= _AT_WORK:
            yield Finding(
                "warning", "rarely-runs", None,
                f"the {_plain(metric)} clock pauses while a ticket is new or open",
                f"sla.pause_on pauses it in {', '.join(statuses)}: in the statuses in which agents "
                "work.",
                "Leave new and open out of sla.pause_on.", metric=metric,
            )  # fmt: skip


def impossible_budgets(sla: SlaConfig) -> Iterator[Finding]:
    """Targets whose deadline lies beyond all opening hours, or more than a year away."""
    for policy in sla.policies:
        for name in dict.fromkeys(policy.calendars):
            for metric, durations in policy.targets.items():
                for priority, budget in durations.items():
                    found = _beyond(sla.calendars[name], name, budget)
                    if found is not None:
                        yield _deadline(found, policy, metric, priority, budget)


def _beyond(config: CalendarConfig, name: str, budget: dt.timedelta) -> tuple[bool, str] | None:
    """Whether the budget is never spent, and why; None where it is spent within a year."""
    calendar = calendar_from_config(name, config)
    every = [calendar.hours, *(hours for _, hours in calendar.later)]
    weekly = max(_open_seconds(hours.windows) for hours in every)  # the widest version decides
    special = sum(_open_seconds(hours.special_days.values()) for hours in every)
    if not weekly and budget.total_seconds() > special:
        return True, f"Calendar {name} is open for {in_hours(special)} in all, on special days only"
    weeks = budget.total_seconds() / weekly if weekly else 0.0
    if weeks <= _WEEKS:
        return None
    return False, f"Calendar {name} is open for {in_hours(weekly)} a week: {weeks:,.0f} weeks"


def _open_seconds(days: Iterable[Sequence[Window]]) -> int:
    return sum(window.end - window.start for windows in days for window in windows)


def _deadline(
    found: tuple[bool, str],
    policy: PolicyConfig,
    metric: Metric,
    priority: str,
    budget: dt.timedelta,
) -> Finding:
    never, why = found
    what = f"{_plain(metric)} of {in_hours(budget.total_seconds())} ({priority})"
    return Finding(
        "error" if never else "warning", "beyond-calendar" if never else "distant-deadline",
        policy.name, f"{what} {'is never due' if never else 'is due after more than a year'}",
        f"{why}.",
        "Shorten the target, or give the policy a calendar that is open for longer.",
        metric=metric, priority=priority,
    )  # fmt: skip


def crossed_metrics(sla: SlaConfig) -> Iterator[Finding]:
    """A resolution that is due before the first response."""
    for policy in sla.policies:
        first, last = policy.targets.get("first_response"), policy.targets.get("resolution")
        if not first or not last:
            continue
        for priority in dict.fromkeys((*first, *last)):
            answer, solve = _of(first, priority), _of(last, priority)
            if answer is not None and solve is not None and solve < answer:
                yield Finding(
                    "warning", "resolution-first", policy.name,
                    f"resolution is due before the first response ({priority})",
                    f"Resolution within {_hours(solve)}, first response within {_hours(answer)}: "
                    "who keeps the first has no need of the second.",
                    "Exchange the two, or correct one.", metric="resolution", priority=priority,
                )  # fmt: skip


def crossed_priorities(sla: SlaConfig, priorities: tuple[str, ...]) -> Iterator[Finding]:
    """A higher priority that may take longer than a lower one; the most urgent comes first."""
    for policy in sla.policies:
        for metric, durations in policy.targets.items():
            named = [p for p in priorities if p in durations]
            for higher, lower in combinations(named, 2):
                if durations[higher] > durations[lower]:
                    yield Finding(
                        "warning", "priorities-crossed", policy.name,
                        f"{_plain(metric)} of {higher} may take longer than of {lower}",
                        f"{_hours(durations[higher])} for {higher}, {_hours(durations[lower])} for "
                        f"{lower}, and queue.priorities puts {higher} first.",
                        "Exchange the two, or correct queue.priorities.",
                        metric=metric, priority=higher,
                    )  # fmt: skip


def calendars(sla: SlaConfig) -> Iterator[Finding]:
    """Calendars that nothing names, and policies around the clock beside others with hours."""
    named = {name for policy in sla.policies for name in policy.calendars}
    told = {level.hours for policy in sla.policies for level in policy.escalations}
    for name in sla.calendars:
        if name not in named | told:
            yield Finding(
                "notice", "unused-calendar", None, f"calendar {name} is not used",
                "No policy counts by it and no escalation waits for it.",
                "Name it in a policy, or remove it.",
            )  # fmt: skip
    for policy in sla.policies if named else ():
        if not policy.calendars:
            yield Finding(
                "notice", "around-the-clock", policy.name, "counts around the clock",
                f"It names no calendar, and others do ({', '.join(sorted(named))}): nights and "
                "weekends count.",
                "Give it a calendar, unless it is meant so.",
            )  # fmt: skip


def in_hours(seconds: float) -> str:
    """A budget as it is written in the file.

    >>> in_hours(5400), in_hours(90), in_hours(20), in_hours(0)
    ('1h 30m', '1m 30s', '20s', '0s')
    """
    rest = round(seconds)
    parts: list[str] = []
    for size, unit in ((3600, "h"), (60, "m"), (1, "s")):
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return " ".join(parts) or "0s"


def _hours(duration: dt.timedelta) -> str:
    return in_hours(duration.total_seconds())


def _of(durations: Mapping[str, dt.timedelta], priority: str) -> dt.timedelta | None:
    return durations.get(priority, durations.get("default"))


def _plain(metric: str) -> str:
    return metric.replace("_", " ")
