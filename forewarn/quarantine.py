"""Refused rows: where they stood, what was wrong, and how many of them a run accepts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forewarn.errors import DataError
from forewarn.sources.parsed import as_text
from forewarn.tables import read_manifest
from forewarn.workspace import Workspace

QUARANTINE = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),
        pa.field("file", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("column", pa.string()),
        pa.field("value", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
    ]
)
"""One row per refused value. ``row`` counts as a spreadsheet does (a CSV's header is row 1);
``column`` is null where the row as a whole was refused."""

_VALUE_CHARACTERS = 200


def refusals(
    rows: npt.NDArray[np.int64],
    reason: str,
    *,
    source: str,
    file: str,
    column: str | None = None,
    values: pa.Array | None = None,
) -> pa.Table:
    """A quarantine table of one reason; ``values`` are cut after 200 characters."""
    shown = pa.nulls(len(rows), pa.string()) if values is None else _shown(values)
    return pa.table(
        [
            pa.repeat(pa.scalar(source), len(rows)),
            pa.repeat(pa.scalar(file), len(rows)),
            pa.array(rows, pa.int64()),
            pa.array([column] * len(rows), pa.string()),
            shown,
            pa.repeat(pa.scalar(reason), len(rows)),
        ],
        schema=QUARANTINE,
    )


def nothing_refused() -> pa.Table:
    """A quarantine table of no rows."""
    return QUARANTINE.empty_table()


def count_rows(refused: pa.Table) -> int:
    """How many distinct rows were refused (a row may be refused for several values)."""
    if refused.num_rows == 0:
        return 0
    return int(refused.group_by(["source", "file", "row"]).aggregate([]).num_rows)


def count_reasons(refused: pa.Table) -> dict[str, int]:
    """Refused values by reason, the most frequent first."""
    counts = pc.value_counts(refused["reason"]).to_pylist()
    ordered = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
    return {str(entry["values"]): int(entry["counts"]) for entry in ordered}


def examples(refused: pa.Table, *, limit: int = 3) -> list[str]:
    """One sentence for the first row of each of the most frequent reasons."""
    reasons = list(count_reasons(refused).items())
    return [_sentence(refused, reason, count) for reason, count in reasons[:limit]]


def read_quarantine(ws: Workspace) -> pd.DataFrame:
    """What the last ingest refused, one row per refused value; raises DataError without one."""
    entry = read_manifest(ws.tables).get("quarantine")
    if entry is None:
        return _to_pandas(nothing_refused())
    path = ws.tables / str(entry["file"])
    if not path.is_file():
        raise DataError(f"{path} is missing: run 'forewarn ingest --rebuild'")
    return _to_pandas(pq.read_table(path))


def merge(tables: Sequence[pa.Table]) -> pa.Table:
    """All quarantine tables as one, in their order."""
    return pa.concat_tables([nothing_refused(), *tables])


def place(entry: dict[str, Any]) -> str:
    """Where a refused value stands, and the value itself."""
    where = f"{entry['file']}, row {entry['row']}"
    if entry["column"] is None:
        return where
    value = "nothing" if entry["value"] is None else repr(entry["value"])
    return f"{where}, column {entry['column']!r}, value {value}"


def _sentence(refused: pa.Table, reason: str, count: int) -> str:
    first = refused.filter(pc.equal(refused["reason"], reason)).slice(0, 1).to_pylist()[0]
    return f"{count:,} times: {reason}; first: {place(first)}"


def _shown(values: pa.Array) -> pa.Array:
    return pc.utf8_slice_codeunits(as_text(values), 0, _VALUE_CHARACTERS).cast(pa.string())


def _to_pandas(refused: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = refused.to_pandas()
    return frame
