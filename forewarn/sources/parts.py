"""Parts: the typed rows of one file or query result, kept so that they are read only once.

A part is named by the hash of what was read and of how the source says to read it, so the
same name always means the same rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forewarn.config import Source
from forewarn.files import rename_durably, sha256_of
from forewarn.quarantine import QUARANTINE, nothing_refused
from forewarn.sources.batch import Batch
from forewarn.sources.mapping import Plan
from forewarn.sources.rows import parse_rows, rows_schema

PARSER_VERSION = 1
_SHAPE_VERSIONS = {"agents": 2}
"""Of shapes that have got a further column: what was kept of their sources is read again."""
_MOST_LISTED = 100_000
_PLAIN_NUMBER = r"^-?(0|[1-9]\d{0,14})(\.\d{1,12})?$"


@dataclass(frozen=True)
class Part:
    """``label``: file or query. ``n_read``, ``n_refused``: rows. ``reasons``: refused values.

    ``extra``: what tells later that the input is unchanged (size and times, or the cursor).
    """

    key: str
    source: str
    label: str
    n_read: int
    n_refused: int
    extra: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def rows_path(self, folder: Path) -> Path:
        return folder / f"{self.key}.rows.parquet"

    def refused_path(self, folder: Path) -> Path:
        return folder / f"{self.key}.refused.parquet"

    def is_there(self, folder: Path) -> bool:
        return self.rows_path(folder).is_file() and self.refused_path(folder).is_file()


def part_key(source: Source, content: str, *, label: str) -> str:
    """Hash of the content's digest, its name, and every setting that changes how it is read."""
    settings = source.model_dump(mode="json", exclude={"path", "url", "query"})
    version = _SHAPE_VERSIONS.get(source.shape, PARSER_VERSION)
    text = json.dumps([version, settings, content, label], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_part(
    folder: Path,
    batches: Iterable[tuple[Batch, Plan]],
    *,
    source: Source,
    label: str,
    content: str | None,
    extra: dict[str, Any],
) -> Part:
    """Type all batches and keep them; memory is bounded by one batch.

    ``content``: digest of what is read; that of the rows themselves where it is not known.
    """
    n_read, n_refused, n_blank, listed = 0, 0, 0, nothing_refused()
    texts: set[str] = set()
    numbers: set[str] = set()
    new = Part("new", source.name, label, 0, 0, extra)
    with pq.ParquetWriter(new.rows_path(folder), rows_schema(source), compression="lz4") as writer:
        for batch, plan in batches:
            rows = parse_rows(batch, plan, source=source, file=label)
            n_read, n_refused = n_read + rows.n_read, n_refused + rows.n_refused
            n_blank += batch.n_blank
            writer.write_table(rows.table)
            _note_attributes(rows.table, source, texts, numbers)
            room = _MOST_LISTED - listed.num_rows
            if rows.refused.num_rows and room > 0:
                listed = pa.concat_tables([listed, rows.refused.slice(0, room)])
    pq.write_table(listed.cast(QUARANTINE), new.refused_path(folder))
    seen = {
        "text_attributes": sorted(texts),
        "number_attributes": sorted(numbers - texts),
        "n_blank": n_blank,
    }
    key = part_key(source, content or _digest(new, folder), label=label)
    return _named(Part(key, source.name, label, n_read, n_refused, {**extra, **seen}), new, folder)


def merge_parts(folder: Path, parts: Sequence[Part], *, source: Source) -> Part:
    """Several parts of one source as one, in their order."""
    new = Part("new", source.name, parts[0].label, 0, 0, dict(parts[-1].extra))
    with pq.ParquetWriter(new.rows_path(folder), rows_schema(source), compression="lz4") as writer:
        for part in parts:
            for table in read_part(folder, part):
                writer.write_table(table)
    refused = pa.concat_tables([read_refused(folder, p) for p in parts]).slice(0, _MOST_LISTED)
    pq.write_table(refused, new.refused_path(folder))
    texts = {a for p in parts for a in p.extra["text_attributes"]}
    numbers = {a for p in parts for a in p.extra["number_attributes"]} - texts
    extra = {
        **new.extra,
        "text_attributes": sorted(texts),
        "number_attributes": sorted(numbers),
        "n_blank": sum(p.extra["n_blank"] for p in parts),
    }
    key = part_key(source, _digest(new, folder), label=new.label)
    n_read, n_refused = sum(p.n_read for p in parts), sum(p.n_refused for p in parts)
    return _named(Part(key, source.name, new.label, n_read, n_refused, extra), new, folder)


def _named(part: Part, new: Part, folder: Path) -> Part:
    """Durably give the new files their name; the rows last, so that both are there or none."""
    rename_durably(new.refused_path(folder), part.refused_path(folder))
    rename_durably(new.rows_path(folder), part.rows_path(folder))
    return part


def _digest(new: Part, folder: Path) -> str:
    return sha256_of(new.rows_path(folder)) + sha256_of(new.refused_path(folder))


def _note_attributes(rows: pa.Table, source: Source, texts: set[str], numbers: set[str]) -> None:
    """Which attributes hold plain numbers, and which anything else (007 is a code)."""
    for name in source.attributes:
        if name in texts:
            continue
        plain = pc.all(pc.match_substring_regex(rows[name], _PLAIN_NUMBER)).as_py()
        if plain is not None:
            (numbers if plain else texts).add(name)


def read_part(folder: Path, part: Part) -> Iterator[pa.Table]:
    """The typed rows of a part, a bounded number at a time."""
    with pq.ParquetFile(part.rows_path(folder)) as file:
        for records in file.iter_batches(batch_size=262_144):
            yield pa.Table.from_batches([records])


def read_refused(folder: Path, part: Part) -> pa.Table:
    """The quarantine table of a part (at most its first 100,000 entries)."""
    return pq.read_table(part.refused_path(folder), schema=QUARANTINE)
