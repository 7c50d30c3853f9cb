"""What ``forewarn score --dry-run`` prints: which tickets would move, come and go."""

import typer

from pipelines.cli.console import say
from pipelines.cli.rows import Column, Row, print_table, table_of
from pipelines.cli.tables import text_of
from pipelines.cli.words import local, plural

_SHOWN = 40


def print_moves(found: Row, *, time_zone: str) -> None:
    """Print how many tickets stay, then those that move, in the order that would be."""
    as_of = local(found["as_of"], time_zone=time_zone)
    if found["shown_as_of"] is None:
        against = "nothing is shown yet"
    else:
        against = f"against the queue as of {local(found['shown_as_of'], time_zone=time_zone)}"
    moves = found["moves"]
    typer.echo(
        f"Nothing was published. As of {as_of}, {against}: {plural(found['n_open'], 'open ticket')}"
        f", {found['n_same']:,} unchanged, {sum(map(_moved, moves)):,} moved, "
        f"{sum(row['position_before'] is None for row in moves):,} new, "
        f"{sum(row['position_after'] is None for row in moves):,} gone."
    )
    if found["tightening"]:
        say(f"Internal targets: {found['tightening']}")
    if found["degraded"]:
        say(f"Ordered by rules, not by the model: {found['degraded']}")
    if moves:
        more = f", {_SHOWN} of {len(moves):,}" if len(moves) > _SHOWN else ""
        title = f"What would change{more} (the most first; all with --json)"
        first = sorted(moves, key=_weight)[:_SHOWN]
        print_table(table_of(first, columns=_COLUMNS, title=title))


def _weight(row: Row) -> tuple[int, int]:
    """New tickets and other lists first, then by how far they move, then those that go."""
    if row["list_after"] is None:
        return 2, 0
    is_other = row["list_before"] != row["list_after"]
    return (0, row["position_after"]) if is_other else (1, -abs(row["places"]))


def _moved(row: Row) -> bool:
    return row["position_before"] is not None and row["position_after"] is not None


def _places(row: Row) -> str:
    if row["position_before"] is None:
        return "new"
    if row["position_after"] is None:
        return "gone"
    return f"{row['places']:+,}" if row["places"] else ""


def _list(row: Row) -> str:
    before, after = row["list_before"], row["list_after"]
    both = before is not None and after is not None and before != after
    return f"{before} → {after}" if both else str(after or before)


_COLUMNS = (
    Column("ticket", text_of("ticket_id"), style="bold"),
    Column("place now", text_of("position_before"), "right"),
    Column("then", text_of("position_after"), "right"),
    Column("places", _places, "right"),
    Column("list", _list),
    Column("why", text_of("reason"), ratio=1),
)
