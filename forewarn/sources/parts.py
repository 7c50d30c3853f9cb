"""Parts: the typed rows of one file or query result, kept so that they are read only once.

A part is named by the hash of what was read and of how the source says to read it, so the
same name always means the same rows.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forewarn.config import Source
from forewarn.files import replacing
from forewarn.quarantine import QUARANTINE, nothing_refused
from forewarn.sources.batch import Batch
from forewarn.sources.mapping import Plan
from forewarn.sources.rows import parse_rows, rows_schema

PARSER_VERSION = 1
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
    text = json.dumps([PARSER_VERSION, settings, content, label], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def write_part(
    folder: Path,
    key: str,
    batches: Iterable[tuple[Batch, Plan]],
    *,
    source: Source,
    label: str,
    extra: dict[str, Any],
) -> Part:
    """Type all batches and keep them; memory is bounded by one batch."""
    n_read, n_refused, listed = 0, 0, nothing_refused()
    texts: set[str] = set()
    numbers: set[str] = set()
    part = Part(key, source.name, label, 0, 0, extra)
    schema = rows_schema(source)
    with (
        replacing(part.rows_path(folder)) as rows_file,
        pq.ParquetWriter(rows_file, schema, compression="lz4") as writer,
    ):
        for batch, plan in batches:
            rows = parse_rows(batch, plan, source=source, file=label)
            n_read, n_refused = n_read + rows.n_read, n_refused + rows.n_refused
            writer.write_table(rows.table)
            _note_attributes(rows.table, source, texts, numbers)
            room = _MOST_LISTED - listed.num_rows
            if rows.refused.num_rows and room > 0:
                listed = pa.concat_tables([listed, rows.refused.slice(0, room)])
        writer.close()
    with replacing(part.refused_path(folder)) as refused_file:
        pq.write_table(listed.cast(QUARANTINE), refused_file)
    seen = {"text_attributes": sorted(texts), "number_attributes": sorted(numbers - texts)}
    return Part(key, source.name, label, n_read, n_refused, {**extra, **seen})


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
