"""``forewarn features build | split``: features of training observations as Parquet files."""

from typing import Annotated

import typer

from pipelines.cli.console import progress_bar, say
from pipelines.cli.engines import (
    Engine,
    EngineOption,
    PerWorkerOption,
    SchedulerOption,
    StorageOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    WorkersOption,
    cluster_of,
)
from pipelines.cli.options import HERE, WorkspaceOption, open_workspace


def build(
    *,
    to: Annotated[
        str,
        typer.Argument(help="Folder or address, such as s3://bucket/features; it is replaced."),
    ],
    tables: Annotated[
        str | None,
        typer.Option(help="Tables in parts, from 'forewarn features split'; ours if not given."),
    ] = None,
    engine: EngineOption = Engine.LOCAL,
    scheduler: SchedulerOption = None,
    workers: WorkersOption = None,
    per_worker: PerWorkerOption = 1,
    storage: StorageOption = None,
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Write every feature of every training observation as Parquet; the same values either way."""
    from pipelines import scaling

    cluster = cluster_of(
        engine, scheduler=scheduler, workers=workers, per_worker=per_worker, storage=storage,
        tls=(tls_ca, tls_cert, tls_key),
    )  # fmt: skip
    if tables and cluster is None:
        raise typer.BadParameter("--tables needs --engine dask")
    ws = open_workspace(workspace)
    with progress_bar("features") as progress:
        built = scaling.run_features(ws, to=to, cluster=cluster, tables=tables, progress=progress)
    say(
        f"{len(built.features)} features of {built.n_observations} observations of "
        f"{built.n_tickets} tickets in {built.n_parts} parts: {to}"
    )


def split(
    *,
    to: Annotated[
        str, typer.Argument(help="Folder or address, such as s3://bucket/tables; it is replaced.")
    ],
    parts: Annotated[
        int, typer.Option(min=1, help="In how many parts; at least as many as are worked on.")
    ] = 64,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Write the tables in parts by a hash of ticket_id, for 'features build --tables'."""
    from pipelines import scaling

    ws = open_workspace(workspace)
    with progress_bar("split") as progress:
        scaling.run_split(ws, to=to, n_parts=parts, progress=progress)
    say(f"tables in {parts} parts: {to}")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command(
        epilog="Examples: 'forewarn features build features/', 'forewarn features build "
        "s3://bucket/features --engine dask --scheduler tls://host:8786 --storage s3://bucket/tmp'"
    )(build)
    app.command()(split)
