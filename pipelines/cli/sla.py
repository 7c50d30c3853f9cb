"""``forewarn sla levels | credits``: what the promises come to, beside the clocks of tickets."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.console import say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
    parse_instant,
)
from pipelines.cli.rows import Column, Row, emit
from pipelines.cli.tables import text_of

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(help="Policies, service levels and service credits.", no_args_is_help=True)
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="By what was known before this instant; the data's end if none."),
]


class Period(StrEnum):
    """Over which time a share is taken."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    ALL = "all"


@app.command()
def levels(
    *,
    period: Annotated[Period, typer.Option(help="A row for each, or for all time.")] = Period.MONTH,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show the share of contacts answered in time, per group and period.

    JSON and CSV also hold the share under every way to count abandoned contacts.
    """
    from serving.levels import level_rows

    form, moment = form_of(as_json=as_json, as_csv=as_csv), _instant(as_of)
    ws = open_workspace(workspace)
    rows = level_rows(ws, period=period.value, as_of=moment)
    if not ws.config.sla.service_levels:
        say("No service level is configured: forewarn.yaml has no sla.service_levels.")
    emit(rows, columns=_LEVELS, form=form, title=f"Service levels ({period.value})")


@app.command("credits")
def list_credits(
    *,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what customers get back for periods in which too few promises were kept."""
    from serving.levels import credit_rows

    form, moment = form_of(as_json=as_json, as_csv=as_csv), _instant(as_of)
    ws = open_workspace(workspace)
    rows = credit_rows(ws, as_of=moment)
    if not any(policy.credits.steps for policy in ws.config.sla.policies):
        say("No credits are configured: no policy in forewarn.yaml has credits.")
    emit(rows, columns=_CREDITS, form=form, title="Service credits")


def _instant(text: str | None) -> "pd.Timestamp | None":
    moment = parse_instant(text, option="--as-of")
    if moment is None:
        return None
    import pandas as pd

    return pd.Timestamp(moment)


def _percent(row: Row, key: str) -> str:
    return "" if row[key] is None else f"{100 * row[key]:.2f} %"


def _seconds(row: Row, key: str) -> str:
    return "" if row[key] is None else f"{row[key]:,.1f} s"


def _met(row: Row) -> str:
    return {None: "", True: "met", False: "not met"}[row["is_met"]]


def _abandoned(row: Row) -> str:
    within, after = row["n_abandoned_within"], row["n_abandoned_after"]
    return f"{within:,} + {after:,}"


def _group(row: Row) -> str:
    return "all" if row["is_total"] else row["group_id"] or "no group"


def _kept(row: Row) -> str:
    excused = f" ({row['n_excused']:,} excused)" if row["n_excused"] else ""
    return f"{row['n_promises'] - row['n_broken']:,} of {row['n_promises']:,}{excused}"


def _amount(row: Row) -> str:
    return "" if row["credit"] is None else f"{row['credit']:,.2f} {row['currency']}"


_LEVELS = (
    Column("level", text_of("level"), style="bold"),
    Column("from", text_of("period_on")),
    Column("group", _group),
    Column("offered", lambda row: f"{row['n_offered']:,}", "right"),
    Column("answered", lambda row: f"{row['n_answered']:,}", "right"),
    Column("abandoned within + after", _abandoned, "right"),
    Column("in time", lambda row: _percent(row, "share"), "right", style="bold"),
    Column("promise", lambda row: _percent(row, "target_share"), "right"),
    Column("", _met),
    Column("average answer", lambda row: _seconds(row, "average_answer_seconds"), "right"),
    Column("longest wait", lambda row: _seconds(row, "longest_wait_seconds"), "right"),
    Column("waiting", lambda row: f"{row['n_waiting']:,}", "right"),
)
_CREDITS = (
    Column("customer", text_of("customer_id"), style="bold"),
    Column("from", text_of("period_on")),
    Column("over", lambda row: "yes" if row["is_complete"] else "running"),
    Column("policy", text_of("policy")),
    Column("promise", lambda row: str(row["metric"]).replace("_", " ")),
    Column("kept", _kept, "right"),
    Column("share", lambda row: _percent(row, "share_met"), "right"),
    Column("credit", lambda row: _percent(row, "credit_share"), "right", style="bold"),
    Column("amount", _amount, "right"),
)
