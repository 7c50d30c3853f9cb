"""``forewarn keys create | list | revoke``: who may read the API."""

import datetime as dt
from typing import Annotated

import typer

from pipelines.cli.console import say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
)
from pipelines.cli.rows import Column, emit
from pipelines.cli.tables import text_of
from pipelines.cli.words import local

app = typer.Typer(help="Make, list and revoke the API's keys.", no_args_is_help=True)


@app.command()
def create(
    *,
    name: Annotated[str, typer.Argument(help="For whom: a-z, 0-9, - and _.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; may be given again.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Valid for so many days.")] = 365,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Make a key and print it once; it is not kept and cannot be shown again."""
    from serving.keys import DEFAULT_SCOPES, create_key
    from serving.secret import read_secret
    from serving.store import open_store

    ws = open_workspace(workspace)
    key = create_key(
        open_store(ws.database_url),
        name=name,
        secret=read_secret(ws),
        scopes=tuple(scope) if scope else DEFAULT_SCOPES,
        lifetime=dt.timedelta(days=days),
    )
    typer.echo(key)
    say("Keep it now: it cannot be shown again. Send it as 'Authorization: Bearer KEY'.")


@app.command("list")
def list_all(
    *,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show every key ever made, without its secret."""
    from serving.keys import list_keys
    from serving.store import open_store

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    rows = [
        {
            "key_id": key.key_id,
            "name": key.name,
            "scopes": sorted(key.scopes),
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
        }
        for key in list_keys(open_store(ws.database_url))
    ]
    emit(rows, columns=_columns(ws.config.report.time_zone), form=form, title="API keys")


@app.command()
def revoke(
    *,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The id that 'keys list' shows.")],
    workspace: WorkspaceOption = HERE,
) -> None:
    """End a key; the next request with it is refused."""
    from serving.keys import revoke_key
    from serving.store import open_store

    revoke_key(open_store(open_workspace(workspace).database_url), key_id)
    say(f"revoked {key_id}")


def _columns(time_zone: str) -> tuple[Column, ...]:
    return (
        Column("id", text_of("key_id"), style="bold"),
        Column("name", text_of("name")),
        Column("scopes", lambda row: " ".join(row["scopes"])),
        Column("created", lambda row: local(row["created_at"], time_zone=time_zone)),
        Column("expires", lambda row: local(row["expires_at"], time_zone=time_zone)),
        Column("revoked", lambda row: local(row["revoked_at"], time_zone=time_zone)),
    )
