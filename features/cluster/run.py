"""The whole way on a cluster: record parts, cut, exchange, answer, build."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from features.cluster import storage
from features.cluster.asking import send_part
from features.cluster.connect import checked
from features.cluster.cuts import choose_cuts
from features.cluster.finishing import finish_part
from features.cluster.home import Recorded, record_part
from features.cluster.job import AllCuts, Job
from features.cluster.parts import MANIFEST, read_manifest
from features.cluster.plan import join_plans
from features.cluster.slices import merge_slice
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.progress import Progress, silent

if TYPE_CHECKING:
    from distributed import Client, Future

LEAST = 50_000
"""Facts that are worth a slice of their own."""
_SHARES = {
    "recording": (0.0, 0.4),
    "asking": (0.4, 0.6),
    "answering": (0.6, 0.75),
    "building": (0.75, 1.0),
}


@dataclass(frozen=True)
class Built:
    """What came out. ``slices``: per key that is shuffled by, into how many slices."""

    n_tickets: int
    n_observations: int
    n_parts: int
    features: tuple[str, ...]
    slices: dict[str, int]


def build_on_cluster(
    client: "Client",
    config: Config,
    *,
    tables: str,
    output: str,
    scratch: str,
    n_parts: int,
    names: Iterable[str] | None = None,
    least: int = LEAST,
    progress: Progress = silent,
) -> Built:
    """Features of every training observation of the tables, as Parquet parts in ``output``.

    ``tables``, ``output``, ``scratch``: addresses that all workers reach; what lies in the last
    two is replaced, and scratch is removed at the end. ``n_parts``: parts that are worked on,
    at most as many as the tables have: one is the least that a worker holds in memory.
    Raises DataError for a feature that is not declared, ClusterError where the cluster fails.
    """
    manifest = read_manifest(tables)
    if not 1 <= n_parts <= manifest["n_parts"]:
        raise DataError(
            f"{tables} has {manifest['n_parts']} parts, asked for {n_parts}: "
            "use fewer workers or partitions, or write the tables in more parts"
        )
    job = Job(tables, scratch, output, config, n_parts, manifest["origin"])
    _make_folders(job)
    try:
        built = _Run(client, progress).all(job, names, least=least)
    finally:
        storage.remove_folder(scratch)
    about = {**asdict(built), "tables": manifest["digest"]}
    storage.write_json(storage.place(output, MANIFEST), about)
    return built


def _chosen(recorded: list[Recorded], names: Iterable[str] | None) -> tuple[str, ...]:
    declared = list(dict.fromkeys(name for r in recorded for name in r.declared))
    chosen = tuple(declared if names is None else names)
    unknown = [name for name in chosen if name not in declared]
    if unknown:
        raise DataError(
            f"feature {unknown[0]!r} is not declared for these tables; "
            f"their features are {', '.join(declared)}"
        )
    return chosen


def _make_folders(job: Job) -> None:
    storage.remove_folder(job.scratch)
    storage.remove_folder(job.output)
    for name in ("home", "messages", "answers"):
        storage.make_folder(storage.place(job.scratch, name))
    storage.make_folder(job.output)


class _Run:
    """The stages on one client; each waits for the one before."""

    def __init__(self, client: "Client", progress: Progress) -> None:
        self._client = client
        self._progress = progress

    def all(self, job: Job, names: Iterable[str] | None, *, least: int) -> Built:
        parts = range(job.n_parts)
        recorded: list[Recorded] = self._each("recording", record_part, [(job, p) for p in parts])
        plan = join_plans([r.plan for r in recorded])
        made = frozenset[str]().union(*(r.made_of_tickets for r in recorded))
        complete = frozenset(plan.keys) - made
        chosen = _chosen(recorded, names)
        plan = plan.without(complete).only(chosen)
        job = replace(job, plan=plan, complete=complete, names=chosen)
        cuts = _cut(job, recorded, least=least)
        sizes: list[int] = self._each("asking", send_part, [(job, p, cuts) for p in parts])
        self._answer(job, cuts)
        self._each("building", finish_part, [(job, p, cuts) for p in parts])
        slices = {base: c.n_slices for base, c in cuts.items()}
        n_tickets = sum(r.n_tickets for r in recorded)
        return Built(n_tickets, sum(sizes), job.n_parts, chosen, slices)

    def _each(
        self, stage: str, work: Callable[..., Any], arguments: list[tuple[Any, ...]]
    ) -> list[Any]:
        futures = [self._client.submit(work, *a, pure=False) for a in arguments]
        return self._gather(stage, futures)

    def _answer(self, job: Job, cuts: AllCuts) -> None:
        """Slices of one key in order, since each may carry something on; keys side by side."""
        futures = []
        for base in job.plan.bases:
            before: Future[Any] | None = None
            for number in range(cuts[base].n_slices):
                before = self._client.submit(
                    merge_slice, job, base, cuts[base], number, before, pure=False
                )
                futures.append(before)
        self._gather("answering", futures)

    def _gather(self, stage: str, futures: "list[Future[Any]]") -> list[Any]:
        first, last = _SHARES[stage]
        found: dict[Any, Any] = {}
        self._progress(f"Cluster: {stage}", first)
        for future, result in checked(futures, stage):
            found[future.key] = result
            done = len(found) / len(futures)
            self._progress(f"Cluster: {stage}", first + (last - first) * done)
        return [found[future.key] for future in futures]


def _cut(job: Job, recorded: list[Recorded], *, least: int) -> AllCuts:
    return {
        base: choose_cuts(
            [r.samples[s] for r in recorded for s in job.plan.streams_of(base) if s in r.samples],
            n_slices=job.n_parts,
            least=least,
        )
        for base in job.plan.bases
    }
