"""Workers: our own on loopback, or a scheduler's; and what is said when they fail."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from features.cluster.code import code_digest
from forewarn.errors import ClusterError

if TYPE_CHECKING:
    from distributed import Client, Future, Security

_PACKAGES = ("numpy", "pandas", "pyarrow", "numba", "dask", "distributed")
_SECONDS = 30
_UNREACHABLE = (OSError, ValueError, TypeError, RuntimeError)  # the last two: wrong certificates
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Tls:
    """Files in PEM format: the authority that signed both sides, our certificate and its key."""

    ca: str
    certificate: str
    key: str


@contextmanager
def connected(
    *, scheduler: str | None = None, n_workers: int | None = None, tls: Tls | None = None
) -> Iterator["Client"]:
    """Yield a client of the scheduler, or of worker processes of our own on loopback.

    Raises ClusterError where the extra is not installed, nobody answers, or a worker runs other
    versions than we do.
    """
    try:
        import distributed
    except ImportError:
        raise ClusterError(
            "--engine dask needs Dask, which is not installed: pip install 'forewarn[dask]'"
        ) from None
    if scheduler is None:
        with _own_workers(distributed, n_workers) as client:
            yield client
        return
    with _remote(distributed, scheduler, tls) as client:
        check_versions(client)
        yield client


@contextmanager
def _own_workers(distributed: Any, n_workers: int | None) -> Iterator["Client"]:
    """One thread each: kernels use the cores by themselves.

    With certificates that live in memory only: others on this machine reach loopback too.
    """
    options = {"host": _LOOPBACK, "dashboard_address": f"{_LOOPBACK}:0", "threads_per_worker": 1}
    security = distributed.Security.temporary()
    with (
        distributed.LocalCluster(
            n_workers=n_workers, processes=True, security=security, protocol="tls://", **options
        ) as cluster,
        distributed.Client(cluster, security=security) as client,
    ):
        yield client


@contextmanager
def _remote(distributed: Any, scheduler: str, tls: Tls | None) -> Iterator["Client"]:
    try:
        security = _security(distributed, tls)
        client = distributed.Client(scheduler, security=security, timeout=_SECONDS)
    except _UNREACHABLE as error:
        raise ClusterError(
            f"the scheduler {scheduler} cannot be reached within {_SECONDS} s ({error}): check "
            "that it runs, its address (tls:// where it asks for certificates), and --tls-ca, "
            "--tls-cert and --tls-key"
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ClusterError(f"the scheduler {scheduler} has no workers: start some first")
        yield client


def _security(distributed: Any, tls: Tls | None) -> "Security | None":
    if tls is None:
        return None
    found: Security = distributed.Security(
        tls_ca_file=tls.ca,
        tls_client_cert=tls.certificate,
        tls_client_key=tls.key,
        require_encryption=True,
    )
    return found


def versions() -> dict[str, str]:
    """Of everything that can change a value."""
    found = {name: version(name) for name in _PACKAGES}
    found["python"] = ".".join(map(str, sys.version_info[:3]))
    found["forewarn's code"] = code_digest()
    return found


def check_versions(client: "Client", *, ours: Mapping[str, str] | None = None) -> None:
    """Raises ClusterError where a worker runs other versions than we do."""
    expected = versions() if ours is None else ours
    try:
        theirs: dict[str, dict[str, str]] = client.run(versions)
    except ImportError as error:
        raise ClusterError(
            f"workers cannot import forewarn ({error}): install this version of it there"
        ) from error
    for worker, found in theirs.items():
        for name, value in expected.items():
            if found[name] != value:
                raise ClusterError(
                    f"worker {worker} has {name} {found[name]}, we have {value}: values could "
                    "differ; install the same versions there"
                )


def checked(futures: "Iterable[Future[Any]]", stage: str) -> "Iterator[tuple[Future[Any], Any]]":
    """Futures with their results as they come; ClusterError where workers die or vanish."""
    from distributed import CancelledError, KilledWorker, as_completed

    try:
        yield from as_completed(futures, with_results=True)  # type: ignore[no-untyped-call]
    except KilledWorker as error:
        raise ClusterError(
            f"workers died while {stage} ({error}); most often memory ran out: use more "
            "partitions per worker, or more workers"
        ) from error
    except (CancelledError, OSError) as error:
        raise ClusterError(
            f"the cluster was lost while {stage} ({type(error).__name__}: {error}): look at the "
            "scheduler's log, then run the command again"
        ) from error
