"""What putting tables together refuses, repeats and replaces."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

from forewarn.config import Source
from forewarn.quarantine import merge, refusals
from forewarn.schema import INSTANT
from forewarn.sources.frames import NAT, PART, Mask, Words
from forewarn.sources.parts import Part
from forewarn.sources.rows import ROW

_TIMES = ("occurred_at", "updated_at", "created_at", "known_at")


@dataclass
class Ledger:
    """Refused rows, and how many were given again or are replaced by later ones.

    ``words``: of the partition that is being built.
    """

    parts: Sequence[Part]
    sources: Sequence[Source]
    words: Words = field(default_factory=lambda: Words(pa.array([], pa.string())))
    refused: list[pa.Table] = field(default_factory=list)
    n_repeated: int = 0
    n_superseded: int = 0
    n_known_early: int = 0

    def refuse(self, rows: pd.DataFrame, reason: str, *, column: str | None = None) -> None:
        """Note rows (with their PART and ROW columns) as refused for one reason."""
        for index, group in rows.groupby(PART, sort=True):
            part = self.parts[int(str(index))]
            self.refused.append(
                refusals(
                    group[ROW].to_numpy(dtype=np.int64),
                    reason,
                    source=part.source,
                    file=part.label,
                    column=self._source_column(part.source, column),
                    values=None if column is None else self._shown(group, column),
                )
            )

    def without(
        self, rows: pd.DataFrame, which: Mask, reason: str, *, column: str | None = None
    ) -> pd.DataFrame:
        """The rows that are not refused."""
        if not which.any():
            return rows
        self.refuse(rows.loc[which], reason, column=column)
        return rows.loc[~which].reset_index(drop=True)

    def quarantine(self) -> pa.Table:
        """All that was refused."""
        return merge(self.refused)

    def _source_column(self, name: str, column: str | None) -> str | None:
        """What the source itself calls a column."""
        mapped = {s.name: s.columns for s in self.sources}.get(name, {})
        return None if column is None else mapped.get(column, column)

    def _shown(self, rows: pd.DataFrame, column: str) -> pa.Array:
        values = rows[column].to_numpy()
        if column in _TIMES:
            return pa.array(values, pa.int64(), mask=values == NAT).cast(INSTANT).cast(pa.string())
        if column == "sequence":
            return pa.array(values).cast(pa.string())
        return self.words.decode(values)


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
    return frame.loc[~again].reset_index(drop=True)


def keep_one(
    frame: pd.DataFrame, key: Sequence[str], ledger: Ledger, *, column: str
) -> pd.DataFrame:
    """One row per key. A later file's row replaces an earlier one's; within a file the first
    stays and the others are refused, because nothing says which of them is true.
    """
    frame = drop_repeated(frame, key, ledger)
    within = frame.duplicated([*key, PART], keep="first").to_numpy()
    when = " for the same time" if len(key) > 1 else ""
    reason = f"this {column} was given before{when} with other values"
    frame = ledger.without(frame, within, reason, column=column)
    replaced = frame.duplicated(list(key), keep="last").to_numpy()
    ledger.n_superseded += int(replaced.sum())
    return frame.loc[~replaced].reset_index(drop=True)
