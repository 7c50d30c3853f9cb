"""Read what is new of a source into parts."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection

from forewarn.config import Source
from forewarn.errors import SourceError
from forewarn.progress import Progress
from forewarn.sources.batch import Batch, Choose
from forewarn.sources.csv_files import read_csv
from forewarn.sources.databases import (
    Range,
    connected,
    cursor_from_json,
    cursor_to_json,
    highest,
    read_query,
)
from forewarn.sources.inputs import Input, digest_of, find_inputs
from forewarn.sources.json_lines import read_json_lines
from forewarn.sources.mapping import Plan, plan_columns
from forewarn.sources.parquet_files import read_parquet
from forewarn.sources.parts import Part, merge_parts, part_key, write_part
from forewarn.sources.streams import open_text

_MOST_PARTS = 32


def read_source(
    source: Source, *, root: Path, folder: Path, held: Mapping[str, Part], progress: Progress
) -> list[Part]:
    """The parts of a source, in order; those in ``held`` are not read again.

    Raises SourceError for what cannot be read at all.
    """
    mine = [p for p in held.values() if p.source == source.name and p.is_there(folder)]
    if source.url is not None:
        progress(f"reading {source.name}", 0.0)
        return _read_database(source, mine, root=root, folder=folder)
    files = find_inputs(source, root=root)
    parts = []
    for number, found in enumerate(files):
        progress(f"reading {found.label}", number / len(files))
        parts.append(_read_file(source, found, mine, folder=folder))
    return parts


def _planned(
    source: Source, label: str, read: Callable[[Choose], Iterator[Batch]]
) -> Iterator[tuple[Batch, Plan]]:
    plans: list[Plan] = []

    def choose(header: Sequence[str]) -> tuple[str, ...]:
        plans.append(plan_columns(source, header, file=label))
        return plans[0].used

    for batch in read(choose):
        yield batch, plans[0]


def _read_file(source: Source, found: Input, held: Sequence[Part], *, folder: Path) -> Part:
    before = next((p for p in held if p.label == found.label), None)
    content = digest_of(found, before.extra if before else None)
    key = part_key(source, content, label=found.label)
    extra = {"stamp": list(found.stamp), "sha256": content}
    if before is not None and before.key == key:
        return replace(before, extra={**before.extra, **extra})
    batches = _planned(
        source, found.label, lambda choose: file_batches(source, found, choose, digest=content)
    )
    return write_part(
        folder, batches, source=source, label=found.label, content=content, extra=extra
    )


def file_batches(
    source: Source, found: Input, choose: Choose, *, digest: str | None
) -> Iterator[Batch]:
    """Batches of a file in any format; ``digest``: what its bytes must be, if that matters."""
    if found.format == "parquet":
        if found.compression:
            raise SourceError(f"{found.label}: Parquet compresses by itself; unpack this file")
        yield from read_parquet(found.path, choose, file=found.label)
        return
    with open_text(found, encoding=source.encoding, digest=digest) as stream:
        if found.format == "csv":
            yield from read_csv(stream, choose, delimiter=source.delimiter)
        else:
            expected = (*source.columns.values(), *source.attributes)
            yield from read_json_lines(stream, choose, expected=expected)


def _read_database(source: Source, held: Sequence[Part], *, root: Path, folder: Path) -> list[Part]:
    asked = json.dumps([source.url, source.query, source.cursor, part_key(source, "", label="")])
    identity = hashlib.sha256(asked.encode()).hexdigest()
    held = [p for p in held if p.extra.get("identity") == identity]
    with connected(source, root=root) as connection:
        if source.cursor is None:
            return [_read_range(connection, source, Range(), identity, folder=folder)]
        return _read_new(connection, source, held, identity, folder=folder)


def _read_new(
    connection: Connection, source: Source, held: Sequence[Part], identity: str, *, folder: Path
) -> list[Part]:
    """What was kept of the rows below the last highest value, then what came since."""
    kept = [p for p in held if not p.extra["is_edge"]]
    edge = next((p for p in held if p.extra["is_edge"]), None)
    since = cursor_from_json(edge.extra["since"]) if edge else None
    top = highest(connection, source)
    if since is not None and (top is None or top < since):
        kept, since = [], None  # the table was replaced: all of it is new
    if top is not None and top != since:
        below = Range(since, top)
        kept.append(_read_range(connection, source, below, identity, folder=folder, is_edge=False))
    if len(kept) > _MOST_PARTS:
        kept = [merge_parts(folder, kept, source=source)]
    at_top = _read_range(connection, source, Range(top, None), identity, folder=folder)
    return [*(p for p in kept if p.n_read), at_top]


def _read_range(
    connection: Connection,
    source: Source,
    within: Range,
    identity: str,
    *,
    folder: Path,
    is_edge: bool = True,
) -> Part:
    label = f"{source.name} (database)"
    extra = {"identity": identity, "is_edge": is_edge, "since": cursor_to_json(within.since)}
    batches = _planned(
        source, label, lambda choose: read_query(connection, source, choose, within=within)
    )
    return write_part(folder, batches, source=source, label=label, content=None, extra=extra)
