"""A first look at a source: its header and a bounded number of its rows, kept nowhere."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from forewarn.config import Source
from forewarn.quarantine import merge
from forewarn.sources.batch import Batch, Choose
from forewarn.sources.databases import Range, connected, read_query
from forewarn.sources.inputs import find_inputs
from forewarn.sources.mapping import Plan, plan_columns
from forewarn.sources.reading import file_batches
from forewarn.sources.rows import parse_rows, rows_schema


@dataclass(frozen=True)
class Sample:
    """``labels``: files or query. ``rows``: typed good rows. ``refused``: quarantine.

    ``is_whole``: whether these are all rows that there are.
    """

    source: Source
    labels: tuple[str, ...]
    header: tuple[str, ...]
    plan: Plan
    rows: pa.Table
    refused: pa.Table
    n_read: int
    n_refused: int
    is_whole: bool


def take_sample(source: Source, *, root: Path, limit: int) -> Sample:
    """At least ``limit`` rows of the first file or of the query, or all that there are.

    Raises SourceError for what cannot be read at all.
    """
    if source.url is not None:
        label = f"{source.name} (database)"
        with connected(source, root=root) as connection:
            return _taken(
                source,
                (label,),
                lambda choose: read_query(connection, source, choose, within=Range()),
                limit=limit,
            )
    found = find_inputs(source, root=root)
    return _taken(
        source,
        tuple(f.label for f in found),
        lambda choose: file_batches(source, found[0], choose, digest=None),
        limit=limit,
    )


def _taken(
    source: Source,
    labels: tuple[str, ...],
    read: Callable[[Choose], Iterator[Batch]],
    *,
    limit: int,
) -> Sample:
    seen: list[tuple[tuple[str, ...], Plan]] = []

    def choose(header: Sequence[str]) -> tuple[str, ...]:
        plan = plan_columns(source, header, file=labels[0])
        seen.append((tuple(header), plan))
        return plan.used

    tables, refused, n_read, n_refused, is_whole = [], [], 0, 0, len(labels) == 1
    with closing(read(choose)) as batches:  # type: ignore[type-var]  # every reader is a generator
        for batch in batches:
            rows = parse_rows(batch, seen[0][1], source=source, file=labels[0])
            tables.append(rows.table)
            refused.append(rows.refused)
            n_read, n_refused = n_read + rows.n_read, n_refused + rows.n_refused
            if n_read >= limit:
                is_whole = is_whole and next(batches, None) is None
                break
    header, plan = seen[0]
    table = pa.concat_tables([rows_schema(source).empty_table(), *tables])
    return Sample(source, labels, header, plan, table, merge(refused), n_read, n_refused, is_whole)
