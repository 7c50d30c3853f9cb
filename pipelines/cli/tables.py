"""The columns of the tables that ``queue``, ``customers`` and ``ticket`` print."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

from pipelines.cli.rows import Column, Row, print_table, printable, table_of
from pipelines.cli.words import distance, local, service_time, share

if TYPE_CHECKING:
    from serving.queries import Page

ROWS_OF_A_TABLE = 20
Run = Mapping[str, Any]
_ABOUT = (
    ("customer", "customer_id"),
    ("tier", "tier"),
    ("group", "group_id"),
    ("priority", "priority"),
)


class QueueList(StrEnum):
    """The lists of a queue."""

    RANKED = "ranked"
    LOST = "lost"
    WAITING = "waiting"
    CHILD = "child"


def text_of(key: str) -> Callable[[Row], str]:
    """Show the value under a key as it is; nothing where it is missing."""
    return lambda row: "" if row.get(key) is None else str(row[key])


def health_of(row: Row) -> str:
    """Health score and segment of a customer flag; nothing where no score is known."""
    score, segment = row.get("health_score"), row.get("segment")
    return "" if score is None else f"{score:.0f} {str(segment or '').replace('_', ' ')}".rstrip()


def run_title(what: str, run: Run, *, time_zone: str) -> str:
    """Say what is shown and as of when it was computed."""
    model = run.get("model_version")
    by = f"model {model}" if model else "rules"
    return f"{what} as of {local(run['as_of'], time_zone=time_zone)}, by {by}"


def queue_columns(run: Run, *, list_name: QueueList = QueueList.RANKED) -> Sequence[Column]:
    """Columns of a list of the queue; due times are told as distances from the run's as_of.

    Lost tickets name who is to tell the customer.
    """
    tell = (Column("to tell the customer", _owner),) if list_name is QueueList.LOST else ()
    return (
        Column("#", text_of("position"), "right", style="dim"),
        Column("ticket", text_of("ticket_id"), style="bold"),
        Column("customer", text_of("customer_id")),
        Column("tier", text_of("tier")),
        *tell,
        Column("group", text_of("group_id")),
        Column("prio", text_of("priority")),
        Column("next promise", lambda row: _promise(row, as_of=run["as_of"])),
        Column("risk", lambda row: share(row.get("breach_probability")), "right", style="bold"),
        Column("work", lambda row: _minutes(row.get("expected_minutes")), "right"),
        Column("why", text_of("reason"), ratio=1),
    )


def print_queue(
    rows: Sequence[Row], *, columns: Sequence[Column], title: str, capacity: Row | None
) -> None:
    """Print a list of the queue; a line where the work of a group ends for today."""
    n_today = None if capacity is None else capacity["n_today"]
    flags = [row.get("is_today") for row in rows]
    if n_today is None or False not in flags:
        print_table(table_of(rows, columns=columns, title=title))
        return
    at = flags.index(False)
    print_table(table_of(rows, columns=columns, title=title, line=(at, "today's work ends here")))


def agent_words(agent: Row) -> str:
    """Who an agent is, which groups he or she serves, and how long at work today."""
    where = f"{agent['agent_id']}, {_groups(agent['groups'])}"
    if agent["is_absent"]:
        return f"{where}: absent"
    if agent["minutes_left"] is None:
        return f"{where}: nobody knows the hours"
    state = "on shift" if agent["is_on_shift"] else "off shift"
    return f"{where}: {state}, {_hours(agent['minutes_left'])} left today"


def capacity_words(capacity: Row) -> str:
    """What a group can be expected to finish today."""
    agents = f"{capacity['n_present']} of {capacity['n_agents']} agents"
    if capacity["minutes_left"] is None:
        return f"group {capacity['group_id']}: nobody knows the hours of its agents"
    said = f"group {capacity['group_id']}: {agents} have {_hours(capacity['minutes_left'])}"
    if capacity["n_today"] is None:
        return f"{said} left today; nobody can tell the work"
    return f"{said} left today: {capacity['n_today']} of {capacity['n_ranked']} ranked tickets"


def nothing_words(page: "Page", *, group: str | None, list_name: QueueList) -> str:
    """Why a list is empty, and what would show more."""
    served = () if page.agent is None else page.agent["groups"]
    if group is not None and served and group not in served:
        return f"nothing here: the agent serves {_groups(served)}, not {group}"
    asked = served if group is None else (group,)
    if asked and not set(asked) & set(page.groups):
        named = ", ".join(page.groups) or "none"
        of = _groups([repr(name) for name in asked])
        return f"no open ticket is in {of}; there are tickets of {named}"
    hint = "; queue.incident_by names what tells an incident" if list_name == "child" else ""
    whose = f" of {_groups(asked)}" if asked else ""
    return f"nothing{whose} is on the {list_name.value} list{hint}"


def _groups(names: Sequence[str]) -> str:
    """One group or several, by name.

    >>> _groups(["net"]), _groups(["net", "mail", "voice"])
    ('group net', 'groups net, mail and voice')
    """
    *others, last = names
    return f"groups {', '.join(others)} and {last}" if others else f"group {last}"


CUSTOMER_COLUMNS = (
    Column("#", text_of("rank"), "right", style="dim"),
    Column("customer", text_of("customer_id"), style="bold"),
    Column("tier", text_of("tier")),
    Column("open", text_of("n_open"), "right"),
    Column("in trouble", lambda row: share(row.get("trouble_probability")), "right"),
    Column("expected breaches", lambda row: _number(row.get("expected_breaches")), "right"),
    Column("breached now", text_of("n_breached_open"), "right"),
    Column("tickets in 28 d", text_of("volume_28d"), "right"),
    Column("health", health_of, "right"),
    Column("why", text_of("reason"), ratio=1),
    Column("next step", text_of("next_step"), ratio=1),
)


def print_ticket(found: Row, *, time_zone: str) -> None:
    """Print one ticket: where it stands, its reasons, then a row per clock."""
    typer.echo(printable(f"{found['ticket_id']}  {found.get('subject') or ''}".rstrip()))
    place = f"place {found['position']} of the {found['list']} list"
    about = [f"{name} {found[key]}" for name, key in _ABOUT if found.get(key) is not None]
    typer.echo(printable(", ".join([place, *about])))
    for reason in found["reasons"] or [found["reason"]]:
        typer.echo(printable(f"  - {reason}"))
    if found["children"]:
        typer.echo(printable(f"  stands for: {', '.join(found['children'])}"))
    title = run_title("Clocks", found["run"], time_zone=time_zone)
    columns = (
        Column("promise", text_of("metric"), style="bold"),
        Column("state", lambda row: "breached" if row.get("is_breached") else str(row["state"])),
        Column("due", lambda row: local(row.get("due_at"), time_zone=time_zone)),
        Column("left", lambda row: _left(row.get("remaining_seconds")), "right"),
        Column("of", lambda row: service_time(row.get("target_seconds")), "right"),
        Column("risk", lambda row: share(row.get("breach_probability")), "right"),
        Column(
            "expected to breach",
            lambda row: local(row.get("expected_breach_at"), time_zone=time_zone),
        ),
    )
    print_table(table_of(found["clocks"], columns=columns, title=title))


def _promise(row: Row, *, as_of: dt.datetime) -> str:
    metric = str(row.get("next_metric") or "").replace("_", " ")
    return f"{metric} {distance(row.get('next_due_at'), as_of=as_of)}".strip()


def _hours(minutes: float) -> str:
    """Working time, which has no days."""
    return f"{minutes / 60:.1f} h"


def _owner(row: Row) -> str:
    return str(row.get("owner") or "nobody is named")


def _minutes(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} min"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return service_time(seconds) if seconds >= 0 else f"{service_time(seconds)} over"
