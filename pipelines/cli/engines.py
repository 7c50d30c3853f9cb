"""Options of the commands that can build features on a cluster."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.scaling import Cluster

_PANEL = "Cluster (with --engine dask)"


class Engine(StrEnum):
    """Where features are built."""

    LOCAL = "local"
    DASK = "dask"


EngineOption = Annotated[
    Engine, typer.Option(help="Where features are built: on this machine, or on a Dask cluster.")
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        help="Address of a Dask scheduler, such as tls://host:8786; without it worker processes "
        "are started on this machine. Whoever reaches a scheduler runs code on its workers.",
        rich_help_panel=_PANEL,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Worker processes on this machine; as many as it has cores if not given.",
        rich_help_panel=_PANEL,
    ),
]
PerWorkerOption = Annotated[
    int,
    typer.Option(
        "--partitions-per-worker",
        min=1,
        help="Parts of the history per worker, which holds one at a time: more need less memory.",
        rich_help_panel=_PANEL,
    ),
]
StorageOption = Annotated[
    str | None,
    typer.Option(
        help="Where workers exchange files, such as s3://bucket/folder; all of them must reach it.",
        rich_help_panel=_PANEL,
    ),
]
TlsCaOption = Annotated[
    str | None,
    typer.Option(
        "--tls-ca",
        envvar="FOREWARN_TLS_CA",
        help="Certificate of the authority that signed the scheduler's and ours (PEM).",
        rich_help_panel=_PANEL,
    ),
]
TlsCertOption = Annotated[
    str | None,
    typer.Option(
        "--tls-cert",
        envvar="FOREWARN_TLS_CERT",
        help="Our certificate (PEM).",
        rich_help_panel=_PANEL,
    ),
]
TlsKeyOption = Annotated[
    str | None,
    typer.Option(
        "--tls-key", envvar="FOREWARN_TLS_KEY", help="Its key (PEM).", rich_help_panel=_PANEL
    ),
]


def cluster_of(
    engine: Engine,
    *,
    scheduler: str | None,
    workers: int | None,
    per_worker: int,
    storage: str | None,
    tls: tuple[str | None, str | None, str | None],
) -> "Cluster | None":
    """The cluster that the options mean; None for this machine. Usage errors say what excludes."""
    from features.cluster.connect import Tls
    from pipelines.scaling import Cluster

    if engine is Engine.LOCAL:
        if scheduler or workers or storage:
            raise typer.BadParameter("--scheduler, --workers and --storage need --engine dask")
        return None
    if scheduler and workers:
        raise typer.BadParameter("a scheduler has workers of its own: leave --workers out")
    ca, certificate, key = tls
    given = None
    if ca and certificate and key:
        given = Tls(ca, certificate, key)
    elif any(tls) and scheduler:
        raise typer.BadParameter("--tls-ca, --tls-cert and --tls-key belong together: give all")
    return Cluster(scheduler, workers, per_worker, storage, given)
