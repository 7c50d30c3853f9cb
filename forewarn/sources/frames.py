"""Rows of one partition as frames: whose they are, what came twice, what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from forewarn.config import Source
from forewarn.quarantine import merge, refusals
from forewarn.sources.parts import Part
from forewarn.sources.rows import ROW

PART = "__part"
"""Name of the column that says which part (by position in the list of parts) a row is of."""

Mask = npt.NDArray[np.bool_]


@dataclass
class Ledger:
    """What building refuses, and how many rows were given again or replaced by later ones."""

    parts: Sequence[Part]
    sources: Sequence[Source] = ()
    refused: list[pa.Table] = field(default_factory=list)
    n_repeated: int = 0
    n_superseded: int = 0
    n_known_early: int = 0

    def refuse(self, rows: pd.DataFrame, reason: str, *, column: str | None = None) -> None:
        """Note rows (with their PART and ROW columns) as refused for one reason."""
        for index, group in rows.groupby(PART, sort=True):
            part = self.parts[int(str(index))]
            values = None if column is None else _text(group[column])
            self.refused.append(
                refusals(
                    group[ROW].to_numpy(dtype=np.int64),
                    reason,
                    source=part.source,
                    file=part.label,
                    column=self._source_column(part.source, column),
                    values=values,
                )
            )

    def _source_column(self, name: str, column: str | None) -> str | None:
        """What the source itself calls a column."""
        mapped = {s.name: s.columns for s in self.sources}.get(name, {})
        return None if column is None else mapped.get(column, column)

    def quarantine(self) -> pa.Table:
        return merge(self.refused)


def codes(values: pd.Series) -> npt.NDArray[np.int64]:
    """Small integers that are equal where the values are; -1 where there is none."""
    found, _ = pd.factorize(values)
    return found.astype(np.int64)


def drop_repeated(frame: pd.DataFrame, key: Sequence[str], ledger: Ledger) -> pd.DataFrame:
    """Without rows that say again, in every column, what an earlier row says.

    ``key``: columns in which such rows agree anyway; they keep the search short.
    """
    candidates = frame.duplicated(list(key), keep=False).to_numpy()
    if not candidates.any():
        return frame
    told = [c for c in frame.columns if c not in (PART, ROW)]
    again = np.zeros(len(frame), dtype=np.bool_)
    again[candidates] = frame.loc[candidates].duplicated(told, keep="first").to_numpy()
    ledger.n_repeated += int(again.sum())
    return frame.loc[~again]


def keep_one(
    frame: pd.DataFrame, key: Sequence[str], ledger: Ledger, *, column: str
) -> pd.DataFrame:
    """One row per key. A later file's row replaces an earlier one's; within a file the first
    stays and the others are refused, because nothing says which of them is true.
    """
    frame = drop_repeated(frame, key, ledger)
    within = frame.duplicated([*key, PART], keep="first").to_numpy()
    if within.any():
        reason = f"this {' and '.join(key)} was given before with other values"
        ledger.refuse(frame.loc[within], reason, column=column)
        frame = frame.loc[~within]
    replaced = frame.duplicated(list(key), keep="last").to_numpy()
    ledger.n_superseded += int(replaced.sum())
    return frame.loc[~replaced]


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Arrow as pandas, with fresh positions as index."""
    frame: pd.DataFrame = table.to_pandas()
    return frame.reset_index(drop=True)


def _text(values: pd.Series) -> pa.Array:
    return pa.array([None if pd.isna(v) else str(v) for v in values], pa.string())
