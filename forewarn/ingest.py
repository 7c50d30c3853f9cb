"""Ingest: read what is new of every source, and write the canonical tables from all of it."""

import contextlib
import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from forewarn.config import Source
from forewarn.errors import BusyError, DataError
from forewarn.ingest_report import IngestReport, SourceReport, n_refused, report_of, summarise
from forewarn.progress import Progress, silent
from forewarn.quarantine import examples, merge
from forewarn.schema import SCHEMA_VERSION
from forewarn.sources.assembly import Assembly, assemble
from forewarn.sources.parts import Part, read_refused
from forewarn.sources.reading import read_source
from forewarn.tables import commit_tables, read_manifest
from forewarn.workspace import Workspace

__all__ = ["IngestReport", "SourceReport", "ingest"]

BUILDER_VERSION = 1


def ingest(ws: Workspace, *, rebuild: bool = False, progress: Progress = silent) -> IngestReport:
    """Bring the workspace's tables up to date with its sources.

    Files that are unchanged since the last ingest are not read again; a database with a
    cursor is read from its last value on. ``rebuild`` forgets all that and reads everything.
    Stopped at any moment, the tables are those of the last ingest that ended.
    Raises SourceError, DataError (too many refused rows; the tables stay as they were),
    BusyError (another ingest is at work).
    """
    sources = ws.config.sources
    folder = ws.tables / "parts"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(ws.tables / ".lock"):
        before = {} if rebuild else _state_before(ws.tables)
        held = {p["key"]: Part(**p) for p in before.get("parts", ())}
        parts = [
            part
            for number, source in enumerate(sources)
            for part in read_source(
                source, root=ws.root, folder=folder, held=held,
                progress=_scaled(progress, number, len(sources)),
            )
        ]  # fmt: skip
        inputs = _inputs_digest(sources, parts)
        if before.get("inputs") == inputs:
            return _unchanged(ws, before, parts)
        made_of = Assembly(sources, parts, ws.tables, folder)
        is_new = {p.key: p.key not in held for p in parts}
        report = _rebuild_tables(
            made_of, is_new, inputs=inputs, most=ws.config.ingest.max_quarantined_share,
            progress=progress,
        )  # fmt: skip
        _sweep(folder, parts)
        return report


def _rebuild_tables(
    made_of: Assembly,
    is_new: Mapping[str, bool],
    *,
    inputs: str,
    most: float,
    progress: Progress,
) -> IngestReport:
    sources, parts = made_of.sources, made_of.parts
    refused = merge([read_refused(made_of.parts_folder, p) for p in parts])
    _stop_above(sources, parts, refused, most)
    made = assemble(made_of, progress=progress)
    _stop_above(sources, parts, made.refused, most)
    if made.entries["tickets"]["rows"] == 0:
        raise DataError(
            "the sources hold no ticket: at least one of shape tickets, flat_tickets, change_log "
            "or event_log must have rows. Nothing was changed."
        )
    summary = summarise(made_of, made, is_new)
    state = {"inputs": inputs, "parts": [p.to_json() for p in parts], "summary": summary}
    commit_tables(made_of.tables, made.entries, state, quarantine=made.quarantine)
    return report_of(read_manifest(made_of.tables), is_changed=True)


def _unchanged(ws: Workspace, before: dict[str, Any], parts: Sequence[Part]) -> IngestReport:
    """Nothing new: the tables stay; only renewed times of files are remembered."""
    manifest = read_manifest(ws.tables)
    state = {**before, "parts": [p.to_json() for p in parts]}
    if state != before:
        commit_tables(ws.tables, manifest["tables"], state, quarantine=manifest["quarantine"])
    report = report_of(manifest, is_changed=False)
    return replace(report, sources=tuple(replace(s, n_new=0) for s in report.sources))


def _stop_above(
    sources: Sequence[Source], parts: Sequence[Part], refused: pa.Table, most: float
) -> None:
    for source in sources:
        mine = [p for p in parts if p.source == source.name]
        n_read, n_bad = sum(p.n_read for p in mine), n_refused(source, mine, refused)
        if n_bad > most * n_read:
            theirs = refused.filter(pc.equal(refused["source"], source.name))
            told = "\n".join(f"  {line}" for line in examples(theirs, limit=5))
            raise DataError(
                f"source {source.name!r}: {n_bad:,} of {n_read:,} rows were refused "
                f"({n_bad / n_read:.1%}; at most {most:.1%} may be, see "
                f"ingest.max_quarantined_share). Nothing was changed.\n{told}"
            )


def _inputs_digest(sources: Sequence[Source], parts: Sequence[Part]) -> str:
    """Hash of everything that the tables are made from."""
    text = json.dumps(
        [
            SCHEMA_VERSION,
            BUILDER_VERSION,
            [(s.name, s.shape, s.attributes) for s in sources],
            [(p.source, p.key) for p in parts],
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _state_before(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_manifest(folder)
        complete = all(
            (folder / e["file"]).is_file()
            for e in (*manifest["tables"].values(), manifest["quarantine"])
        )
        state: dict[str, Any] = manifest["state"]
        return state if complete and "summary" in state else {}
    except (DataError, KeyError, TypeError):
        return {}


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock that ends with this process, however it ends."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError(
                "another 'forewarn ingest' is at work in this workspace; try again when it ended"
            ) from None
        yield


def _sweep(folder: Path, parts: Sequence[Part]) -> None:
    """Remove parts that no table is made from, and what killed runs left."""
    kept = {name for p in parts for name in (p.rows_path(folder).name, p.refused_path(folder).name)}
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in kept:
            path.unlink(missing_ok=True)


def _scaled(progress: Progress, number: int, count: int) -> Progress:
    """Progress of one source as progress of all."""

    def tell(message: str, done: float) -> None:
        progress(message, 0.7 * (number + done) / count)

    return tell
