"""Features of training observations: on this machine, or on a Dask cluster."""

import secrets
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from forewarn.errors import ConfigError
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.reading import part_of, run_history

if TYPE_CHECKING:
    import pandas as pd
    from distributed import Client

    from features.cluster.connect import Tls
    from features.cluster.run import Built
    from features.history import History

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
Build = Callable[..., "pd.DataFrame"]


@dataclass(frozen=True)
class Cluster:
    """Which workers, and where they exchange files.

    ``scheduler``: its address; None: processes of our own on this machine, ``n_workers`` of them
    (as many as it has cores if None). ``per_worker``: parts of the history for each worker;
    it holds one at a time. ``storage``: an address that all workers reach.
    """

    scheduler: str | None = None
    n_workers: int | None = None
    per_worker: int = 1
    storage: str | None = None
    tls: "Tls | None" = None


def run_split(ws: Workspace, *, to: str, n_parts: int, progress: Progress = silent) -> None:
    """Write the workspace's tables in parts, for a cluster to read."""
    from features.cluster.parts import write_parts
    from forewarn.tables import read_tables

    write_parts(read_tables(ws.tables), to, n_parts=n_parts, progress=progress)


def run_features(
    ws: Workspace,
    *,
    to: str,
    cluster: Cluster | None = None,
    tables: str | None = None,
    progress: Progress = silent,
) -> "Built":
    """Every feature of every training observation as Parquet; on this machine without a cluster.

    ``tables``: where ``run_split`` wrote them; those of the workspace if None.
    """
    from features.cluster.local import build_here

    if cluster is None:
        history = run_history(ws, progress=part_of(progress, 0.0, 0.6))
        progress("building features", 0.6)
        return build_here(history, ws.config, output=to)
    return _build(ws, cluster, tables=tables, output=to, names=None, progress=progress)


def cluster_features(ws: Workspace, cluster: Cluster, *, progress: Progress = silent) -> Build:
    """A function that takes the place of ``build_features`` and asks the cluster."""

    def build(
        history: "History", observations: "pd.DataFrame", *, names: Sequence[str]
    ) -> "pd.DataFrame":
        from features.cluster.reading import read_features

        with _scratch(ws, cluster) as scratch:
            output = f"{scratch}/features"
            _build(ws, cluster, tables=None, output=output, names=names, progress=progress)
            return read_features(output, history, observations, names=names)

    return build


def _build(
    ws: Workspace,
    cluster: Cluster,
    *,
    tables: str | None,
    output: str,
    names: Sequence[str] | None,
    progress: Progress,
) -> "Built":
    from features.cluster.connect import connected
    from features.cluster.run import build_on_cluster

    progress("starting workers", 0.0)
    with (
        connected(
            scheduler=cluster.scheduler, n_workers=cluster.n_workers, tls=cluster.tls
        ) as client,
        _scratch(ws, cluster) as scratch,
    ):
        n_parts = cluster.per_worker * _count_workers(client)
        if tables is None:
            tables = f"{scratch}/tables"
            run_split(ws, to=tables, n_parts=n_parts, progress=part_of(progress, 0.0, 0.1))
        return build_on_cluster(
            client,
            ws.config,
            tables=tables,
            output=output,
            scratch=f"{scratch}/exchange",
            n_parts=n_parts,
            names=names,
            progress=part_of(progress, 0.1, 1.0),
        )


def _count_workers(client: "Client") -> int:
    return len(client.scheduler_info(n_workers=-1)["workers"])


@contextmanager
def _scratch(ws: Workspace, cluster: Cluster) -> Iterator[str]:
    """Yield an address for files that are exchanged; what is there is removed at the end."""
    from features.cluster.storage import make_folder, remove_folder

    if cluster.storage is None and not _is_here(cluster.scheduler):
        raise ConfigError(
            f"the workers of {cluster.scheduler} cannot reach this machine's files: name a storage "
            "that all reach, such as --storage s3://bucket/folder or --storage /mnt/shared"
        )
    if cluster.storage is None:
        folder = ws.state / "cluster"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix="run-") as scratch:
            yield scratch
        return
    scratch = f"{cluster.storage.rstrip('/')}/forewarn-{secrets.token_hex(8)}"
    make_folder(scratch)
    try:
        yield scratch
    finally:
        remove_folder(scratch)


def _is_here(scheduler: str | None) -> bool:
    if scheduler is None:
        return True
    address = scheduler if "://" in scheduler else f"tcp://{scheduler}"
    return urlsplit(address).hostname in _LOOPBACK
