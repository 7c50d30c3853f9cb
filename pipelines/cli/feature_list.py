"""``forewarn features list | docs``: what is declared, and whether models see it."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.console import progress_bar, say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    Form,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
)
from pipelines.cli.rows import Column, Row, emit
from pipelines.cli.tables import text_of

if TYPE_CHECKING:
    from features.history import History
    from forewarn.workspace import Workspace

app = typer.Typer(
    help="What models see of a clock: every feature, its values, what is wrong with it.",
    no_args_is_help=True,
)


class Entity(StrEnum):
    """What features are about."""

    CLOCK = "clock"
    TIME = "time"
    TICKET = "ticket"
    CUSTOMER = "customer"
    HEALTH = "health"
    GROUP = "group"
    AGENT = "agent"
    LOAD = "load"


@app.command(
    "list",
    epilog="Examples: 'forewarn features list --entity customer --on', "
    "'forewarn features list --off --csv > off.csv'",
)
def list_features(
    *,
    entity: Annotated[Entity | None, typer.Option(help="Only features about this.")] = None,
    is_on: Annotated[
        bool | None, typer.Option("--on/--off", help="Only those that models see, or do not see.")
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show every feature of this workspace's history, and whether models see it or why not."""
    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    every = _rows(built_history(ws), ws)
    rows = [
        row for row in every if entity in (None, row["entity"]) and is_on in (None, row["is_seen"])
    ]
    emit(rows, columns=_COLUMNS, form=form, title="Features")
    if form is Form.TABLE:
        n_seen = sum(row["is_seen"] for row in rows)
        say(f"{len(rows)} of {len(every)} features shown; models see {n_seen} of these.")


@app.command(epilog="Example: 'forewarn features docs > features.md'")
def docs() -> None:
    """Print the feature page (Markdown): all declarations, whatever the workspace."""
    from features.document import document_features

    typer.echo(document_features(), nl=False)


def built_history(ws: "Workspace") -> "History":
    """The history of the workspace's tables; built where it is not there yet."""
    from pipelines import stages

    with progress_bar("history") as progress:
        return stages.run_history(ws, progress=progress)


def _rows(history: "History", ws: "Workspace") -> list[Row]:
    """One row per declared feature; ``unseen_because`` is None where models see it."""
    from features.catalogue import declared_features, feature_names, unseen_because
    from features.document import window_in_words

    feature_names(history, ws.config)  # refuses names in forewarn.yaml that are not declared
    return [
        {
            "feature": feature.name,
            "entity": feature.entity,
            "measure": feature.measure,
            "window": window_in_words(feature),
            "unit": feature.unit,
            "is_seen": (why := unseen_because(history, ws.config, feature)) is None,
            "unseen_because": why,
            "null": feature.null,
            "why": feature.why,
        }
        for feature in declared_features(history)
    ]


_COLUMNS = (
    Column("feature", text_of("feature"), style="bold"),
    Column("entity", text_of("entity")),
    Column("window", text_of("window")),
    Column("unit", text_of("unit")),
    Column(
        "models see it", lambda row: "yes" if row["is_seen"] else f"no: {row['unseen_because']}"
    ),
)
