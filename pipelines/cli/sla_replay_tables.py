"""The tables that ``forewarn sla replay`` prints: before, after, and the tickets in between."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from pipelines.cli.rows import Column, Row, print_table, printable, table_of
from pipelines.cli.tables import text_of
from pipelines.cli.words import local, plural

if TYPE_CHECKING:
    from serving.replay import Window

_SHOWN = 10
CAVEAT = (
    "People's behaviour is taken as it was: everybody answers and solves when they did. Under "
    "other promises they would have worked otherwise; the history cannot tell how."
)
_TITLES = {
    "all": "All clocks",
    "team": "By team (the group that the ticket had last)",
    "tier": "By tier (the customer's, as last known)",
    "priority": "By priority (the ticket's, as last known)",
}


def print_replay(
    figures: Sequence[Row],
    changes: Sequence[Row],
    *,
    window: "Window",
    policy: str,
    names: Mapping[str, str],
    time_zone: str,
) -> None:
    """Print what changes in a sentence, then a table per dimension, then the dearest tickets."""
    since, until = (local(at, time_zone=time_zone) for at in (window.since, window.until))
    typer.echo(printable(f"{policy}, had it held for clocks that started {since} to {until}:"))
    for line in _sentences(figures):
        typer.echo(f"  {line}")
    typer.echo(f"  {CAVEAT}\n")
    print_comparison(figures, changes, names=names)


def print_comparison(
    figures: Sequence[Row], changes: Sequence[Row], *, names: Mapping[str, str]
) -> None:
    """Print a table per dimension, then the dearest of the clocks whose verdict changes."""
    for by, title in _TITLES.items():
        rows = [row for row in figures if row["by"] == by]
        if any(row["value"] is not None for row in rows) or by == "all":
            print_table(table_of(rows, columns=_columns(by, names), title=title))
    if changes:
        more = f", {_SHOWN} of {len(changes):,}" if len(changes) > _SHOWN else ""
        title = f"Verdicts that change{more} (the dearest first; all with --json or --csv)"
        print_table(table_of(changes[:_SHOWN], columns=_CHANGES, title=title))


def _sentences(figures: Sequence[Row]) -> list[str]:
    totals = [row for row in figures if row["by"] == "all"]
    if not totals:
        return ["No clock started in this time."]
    n = {key: sum(row[f"n_{key}"] for row in totals) for key in _WORDS}
    said = [f"{plural(count, 'clock')} {_WORDS[key]}" for key, count in n.items() if count]
    if not said:
        return ["No verdict changes."]
    return [f"{line}." for line in said]


_WORDS = {
    "newly_broken": "would have been broken as well",
    "no_longer_broken": "would not have been broken",
    "appears": "would have been there besides",
    "vanishes": "would not have been there",
    "other": "would have been open or cancelled otherwise",
}


def _columns(by: str, names: Mapping[str, str]) -> tuple[Column, ...]:
    value = Column(by, lambda row: names.get(row["value"], row["value"] or "none"), style="bold")
    return (
        *(() if by == "all" else (value,)),
        Column("promise", lambda row: str(row["metric"]).replace("_", " ")),
        Column("clocks", _both("n_promises", _count), "right"),
        Column("broken", _both("n_broken", _count), "right"),
        Column("of decided (95 % interval)", _shares, "right", style="bold"),
        Column("newly broken", lambda row: _signed(row["n_newly_broken"]), "right"),
        Column("no longer broken", lambda row: _signed(row["n_no_longer_broken"]), "right"),
        Column("penalties", _penalties, "right"),
    )


def _both(key: str, show: Callable[[object], str]) -> Callable[[Row], str]:
    """The value before and after; once where it is the same."""

    def told(row: Row) -> str:
        before, after = show(row[f"{key}_before"]), show(row[f"{key}_after"])
        return before if before == after else f"{before} → {after}"

    return told


def _count(value: object) -> str:
    return f"{value:,}"


def _signed(n: int) -> str:
    return f"{n:,}" if n else ""


def _shares(row: Row) -> str:
    before, after = (_share(row, side) for side in ("before", "after"))
    return before if before == after else f"{before} → {after}"


def _share(row: Row, side: str) -> str:
    share, low, high = (row[f"{key}_{side}"] for key in ("broken_share", "low", "high"))
    return "none" if share is None else f"{100 * share:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def _penalties(row: Row) -> str:
    before, after = row["penalties_before"], row["penalties_after"]
    parts = []
    for currency in sorted({*before, *after}):
        old, new = (f"{sums.get(currency, 0):,.0f}" for sums in (before, after))
        parts.append(f"{old if old == new else f'{old} → {new}'} {currency}")
    return ", ".join(parts)


def _time(row: Row, side: str) -> str:
    """Elapsed of its target, in opening hours."""
    from forewarn.sla.lint_targets import in_hours

    if row[f"target_seconds_{side}"] is None:
        return ""
    elapsed, target = row[f"elapsed_seconds_{side}"], row[f"target_seconds_{side}"]
    return f"{in_hours(elapsed)} of {in_hours(target)}"


def _verdict(row: Row, side: str) -> str:
    excused = ", excused" if row[f"is_excused_{side}"] else ""
    words = {"none": "no clock", "met": "kept", "breached": "broken"}
    outcome = str(row[f"outcome_{side}"])
    return words.get(outcome, outcome) + excused


def _cost(row: Row) -> str:
    before, after = row["penalty_before"], row["penalty_after"]
    currency = row["currency_after"] or row["currency_before"]
    return "" if currency is None else f"{after - before:+,.0f} {currency}"


_CHANGES = (
    Column("ticket", text_of("ticket_id"), style="bold"),
    Column("promise", lambda row: str(row["metric"]).replace("_", " ")),
    Column("team", text_of("group_id")),
    Column("tier", text_of("tier")),
    Column("prio", text_of("priority")),
    Column("before", lambda row: _verdict(row, "before")),
    Column("", lambda row: _time(row, "before"), "right"),
    Column("after", lambda row: _verdict(row, "after")),
    Column("", lambda row: _time(row, "after"), "right"),
    Column("penalty", _cost, "right"),
)
