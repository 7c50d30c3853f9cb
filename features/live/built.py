"""A built history to which news are appended: written at once, made part of it later.

One folder per base, with its tables; what has come since lies in ``news/`` inside it, a folder
per batch, each written whole or not at all. ``current`` names the base that counts. There is
one writer at a time; readers need no lock.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from features.folders import open_folder, remove_others, write_folder
from features.frames import to_arrow
from features.history import History, history_digest, history_of
from features.live.follow import Before, follow, watermark_with
from features.live.store import Store, as_tables, join_news, stored
from features.recording import record
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.files import write_text
from forewarn.progress import Progress, silent
from forewarn.schema import SPECS, arrow_schema
from forewarn.tables import Tables

_CURRENT, _NEWS = "current", "news"
_ONE_WRITER = Lock()  # of the threads of a process; between processes the caller sees to it


@dataclass(frozen=True)
class Built:
    """A base, its tables, and the news since, by table. ``digest``: of all of them."""

    folder: Path
    base: History
    store: Store
    news: Mapping[str, pa.Table]
    batches: tuple[str, ...]
    before: Before = field(default_factory=Before, compare=False, repr=False)

    @property
    def digest(self) -> str:
        text = json.dumps([self.base.digest, *self.batches])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def live(self, config: Config) -> History:
        """The open tickets as of the latest news; see ``features.live.follow``."""
        return follow(self.base, self.store, self.news, config, kept=self.before)

    def tables(self) -> Tables:
        """Everything, the news with it."""
        frames = join_news(self.store.everything(), self.news)
        watermark = watermark_with(self.base, self.news)
        found = as_tables(frames, watermark=watermark, attributes=self.base.attributes)
        return replace(found, digest=self.digest)


def build(tables: Tables, config: Config, *, folder: Path, progress: Progress = silent) -> Built:
    """Build the history of these tables into ``folder``, in place of what lies there."""
    digest = history_digest(tables, config)
    _write(tables, config, folder / digest, digest, progress)
    write_text(folder / _CURRENT, digest)
    remove_others(folder / digest)
    progress("History", 1.0)
    return open_built(folder)


def open_built(folder: Path) -> Built:
    """What lies in ``folder``; raises DataError where nothing does, or it is damaged."""
    try:
        place = folder / (folder / _CURRENT).read_text("utf-8")
    except FileNotFoundError:
        raise DataError(f"no history in {folder}: build one first") from None
    content = open_folder(place)
    parts = ("first", "hashes", "ticket")
    store = Store(content.tables, *(content.arrays[f"store/{part}"] for part in parts))
    built = Built(folder, history_of(content), store, {}, ())
    batches = sorted(path for path in (place / _NEWS).glob("[0-9]*") if path.is_dir())
    for batch in batches:
        built = _with(built, open_folder(batch).tables, batch.name)
    return built


def append(built: Built, news: Mapping[str, pd.DataFrame]) -> Built:
    """Write rows of canonical tables, by table; they count from now on. Twice is once.

    Rows of tickets that are known already are left out: events change tickets. Raises
    DataError where a table or a column is missing or has another type.
    """
    tables = {name: _checked(built, name, frame) for name, frame in news.items() if len(frame)}
    if not tables:
        return built
    _check_owners(built, tables)
    content = _hash_of(tables)
    if any(name.endswith(content) for name in built.batches):
        return built
    name = f"{len(built.batches) + 1:06d}-{content}"
    place = built.folder / built.base.digest / _NEWS / name
    with _ONE_WRITER:
        if (built.folder / _CURRENT).read_text("utf-8") != built.base.digest:
            raise DataError(f"{built.folder} has a newer base: open it again, then append")
        write_folder(place, about={}, arrays={}, texts={}, tables=tables)
    return _with(built, tables, name)


def compact(built: Built, config: Config, *, progress: Progress = silent) -> Built:
    """Build a base that has the news in it; what is appended meanwhile is carried over.

    Until the new base is whole the old one counts, whatever happens.
    """
    if not built.batches:
        return built
    tables, place = built.tables(), built.folder / built.digest
    _write(tables, config, place, built.digest, progress)
    with _ONE_WRITER:
        everything = open_built(built.folder).batches
        for batch in (name for name in everything if name not in built.batches):
            late = open_folder(built.folder / built.base.digest / _NEWS / batch).tables
            write_folder(place / _NEWS / batch, about={}, arrays={}, texts={}, tables=late)
        write_text(built.folder / _CURRENT, built.digest)
    remove_others(place)
    progress("History", 1.0)
    return open_built(built.folder)


def compact_in_background(built: Built, config: Config) -> "Future[Built]":
    """Compact beside what goes on; go on appending to ``built``, and take the result when it is
    there.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="compaction")
    future = pool.submit(compact, built, config)
    pool.shutdown(wait=False)
    return future


def _write(tables: Tables, config: Config, place: Path, digest: str, progress: Progress) -> None:
    shutil.rmtree(place, ignore_errors=True)
    arrays, texts, about = record(tables, config, progress=progress)
    progress("History: writing", 0.95)
    kept, index = stored(tables)
    write_folder(
        place,
        about={"digest": digest, **about},
        arrays={**arrays, **index},
        texts=texts,
        tables=kept,
    )


def _with(built: Built, tables: Mapping[str, pa.Table], batch: str) -> Built:
    news = {
        name: pa.concat_tables([built.news[name], table]) if name in built.news else table
        for name, table in tables.items()
    }
    return replace(built, news={**built.news, **news}, batches=(*built.batches, batch))


def _checked(built: Built, name: str, frame: pd.DataFrame) -> pa.Table:
    if name not in SPECS:
        raise DataError(f"there is no table {name!r}; there are {', '.join(SPECS)}")
    schema = built.store.tables[name].schema
    if name == "ticket_events":
        schema = arrow_schema(SPECS[name], {})
    missing = sorted(set(schema.names) - set(frame.columns))
    if missing:
        raise DataError(f"{name}: column {missing[0]!r} is missing; it may be empty")
    try:
        return to_arrow(frame, schema)
    except pa.ArrowException as error:
        raise DataError(f"{name}: {error}; expected {schema}") from error


def _check_owners(built: Built, tables: Mapping[str, pa.Table]) -> None:
    """Every event must have its ticket: here already, or in the same news."""
    if "ticket_events" not in tables:
        return
    ids = tables["ticket_events"].column("ticket_id").combine_chunks().unique()
    unknown = ids.filter(pa.array(built.store.find(ids) < 0))
    for told in (built.news, tables):
        if "tickets" in told:
            known = told["tickets"].column("ticket_id").combine_chunks()
            unknown = unknown.filter(pc.invert(pc.is_in(unknown, value_set=known)))
    if len(unknown):
        raise DataError(
            f"ticket_events: ticket {unknown[0].as_py()!r} is unknown ({len(unknown)} such); "
            "append the tickets with their events"
        )


def _hash_of(tables: Mapping[str, pa.Table]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tables):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, tables[name].schema) as writer:
            writer.write_table(tables[name].combine_chunks())
        digest.update(name.encode())
        digest.update(sink.getvalue())
    return digest.hexdigest()[:16]
