"""Read what is new of a source into parts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from forewarn.config import Source
from forewarn.errors import SourceError
from forewarn.progress import Progress
from forewarn.sources.batch import Batch, Choose
from forewarn.sources.inputs import Input, digest_of, find_inputs
from forewarn.sources.mapping import Plan, plan_columns
from forewarn.sources.parquet_files import read_parquet
from forewarn.sources.parts import Part, part_key, write_part


def read_source(
    source: Source, *, root: Path, folder: Path, held: Mapping[str, Part], progress: Progress
) -> list[Part]:
    """The parts of a source, in order; those in ``held`` are not read again."""
    files = find_inputs(source, root=root)
    parts = []
    for number, found in enumerate(files):
        progress(f"reading {found.label}", number / len(files))
        parts.append(_read_file(source, found, folder=folder, held=held))
    return parts


def _read_file(source: Source, found: Input, *, folder: Path, held: Mapping[str, Part]) -> Part:
    before = next((p for p in held.values() if _is_of(p, source, found)), None)
    content = digest_of(found, before.extra if before else None)
    key = part_key(source, content, label=found.label)
    extra = {"stamp": list(found.stamp), "sha256": content}
    if key in held and held[key].is_there(folder):
        return replace(held[key], extra={**held[key].extra, **extra})
    batches = planned(source, found)
    return write_part(folder, key, batches, source=source, label=found.label, extra=extra)


def _is_of(part: Part, source: Source, found: Input) -> bool:
    return part.source == source.name and part.label == found.label and "sha256" in part.extra


def planned(source: Source, found: Input) -> Iterator[tuple[Batch, Plan]]:
    """Batches of a file with the plan that its header gave."""
    plans: list[Plan] = []

    def choose(header: Sequence[str]) -> tuple[str, ...]:
        plans.append(plan_columns(source, header, file=found.label))
        return plans[0].used

    for batch in _batches(source, found, choose):
        yield batch, plans[0]


def _batches(source: Source, found: Input, choose: Choose) -> Iterator[Batch]:
    if found.format == "parquet":
        if found.compression:
            raise SourceError(f"{found.label}: Parquet compresses by itself; unpack this file")
        return read_parquet(found.path, choose, file=found.label)
    raise SourceError(f"{found.label}: source {source.name!r} has no reader for {found.format}")
