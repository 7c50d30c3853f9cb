"""From parts to canonical tables on disk."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from forewarn.config import Source
from forewarn.progress import Progress
from forewarn.quarantine import merge
from forewarn.schema import SPECS, TICKET_EVENTS, TICKETS, TableSpec, arrow_schema
from forewarn.sources.entities import build_entities
from forewarn.sources.ledger import Ledger
from forewarn.sources.partitions import ROWS_PER_PARTITION, gather, partitions
from forewarn.sources.parts import Part, read_refused
from forewarn.sources.shapes import ENTITY_SHAPES, TICKET_SHAPES
from forewarn.sources.tickets import build_tickets
from forewarn.tables import write_table, writing


@dataclass(frozen=True)
class Assembly:
    """What tables are made of, and where. ``tables``, ``parts_folder``: folders."""

    sources: Sequence[Source]
    parts: Sequence[Part]
    tables: Path
    parts_folder: Path
    rows_per_partition: int = ROWS_PER_PARTITION


@dataclass(frozen=True)
class Assembled:
    """``entries``, ``quarantine``: what the manifest says of the files. ``refused``: all of it."""

    entries: dict[str, dict[str, Any]]
    quarantine: dict[str, Any]
    refused: pa.Table
    ledger: Ledger


def assemble(made_of: Assembly, *, progress: Progress) -> Assembled:
    """Write every canonical table of the parts; nothing is committed yet."""
    ledger = Ledger(made_of.parts, made_of.sources)
    entries = {shape: _write_entities(made_of, SPECS[shape], ledger) for shape in ENTITY_SHAPES}
    entries |= _write_tickets(made_of, ledger, progress)
    when_read = [read_refused(made_of.parts_folder, p) for p in made_of.parts]
    refused = merge([*when_read, ledger.quarantine()])
    quarantine = write_table(made_of.tables, "quarantine", refused)
    return Assembled(entries, quarantine, refused, ledger)


def _write_entities(made_of: Assembly, spec: TableSpec, ledger: Ledger) -> dict[str, Any]:
    schema = arrow_schema(spec, {})
    tables = [
        table
        for source in made_of.sources
        if source.shape == spec.name
        for table in gather(made_of.parts_folder, source, made_of.parts)
    ]
    if not tables:
        return write_table(made_of.tables, spec.name, schema.empty_table())
    return write_table(
        made_of.tables, spec.name, build_entities(pa.concat_tables(tables), spec, ledger)
    )


def _write_tickets(
    made_of: Assembly, ledger: Ledger, progress: Progress
) -> dict[str, dict[str, Any]]:
    kinds = attribute_kinds(made_of.sources, made_of.parts)
    schemas = arrow_schema(TICKETS, kinds), arrow_schema(TICKET_EVENTS, {})
    with (
        tempfile.TemporaryDirectory(dir=made_of.parts_folder, prefix="scratch-") as scratch,
        writing(made_of.tables, "tickets", schemas[0]) as tickets_file,
        writing(made_of.tables, "ticket_events", schemas[1]) as events_file,
    ):
        for tickets, events in _built(made_of, kinds, ledger, Path(scratch), progress):
            tickets_file.add(tickets)
            events_file.add(events)
    return {"tickets": tickets_file.entry, "ticket_events": events_file.entry}


def _built(
    made_of: Assembly,
    kinds: Mapping[str, pa.DataType],
    ledger: Ledger,
    scratch: Path,
    progress: Progress,
) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Tickets and events of one partition after another."""
    about = [s for s in made_of.sources if s.shape in TICKET_SHAPES]
    n_rows = max(1, sum(p.n_read - p.n_refused for p in made_of.parts))
    n_done = 0
    for rows in partitions(
        made_of.parts_folder,
        about,
        made_of.parts,
        scratch=scratch,
        rows_per_partition=made_of.rows_per_partition,
    ):
        if rows:
            yield build_tickets(rows, about, kinds, ledger)
        n_done += sum(t.num_rows for t in rows.values())
        progress("building the tables", 0.7 + 0.3 * n_done / n_rows)


def attribute_kinds(sources: Sequence[Source], parts: Sequence[Part]) -> dict[str, pa.DataType]:
    """An attribute is a number where every value of every part is one, otherwise text."""
    names = sorted({a for s in sources for a in s.attributes})
    texts = {a for p in parts for a in p.extra.get("text_attributes", ())}
    seen = {a for p in parts for a in p.extra.get("number_attributes", ())}
    return {a: pa.float64() if a in seen and a not in texts else pa.string() for a in names}
