"""Customers, their health, agents and groups: facts that hold from an instant on."""

from collections.abc import Sequence

import pandas as pd

from forewarn.schema import TableSpec
from forewarn.sources.frames import Ledger, keep_one

_ALWAYS = pd.Timestamp(0, tz="UTC").as_unit("us")


def build_entities(rows: pd.DataFrame, spec: TableSpec, ledger: Ledger) -> pd.DataFrame:
    """One row per key. A fact without a date has held, and was known, from 1970 on."""
    occurred = rows["occurred_at"].fillna(_ALWAYS)
    known = rows["known_at"].fillna(occurred)
    early = known < occurred
    ledger.n_known_early += int(early.sum())
    rows = rows.assign(occurred_at=occurred, known_at=known.mask(early, occurred))
    rows = keep_one(rows, list(spec.key), ledger, column=spec.key[0])
    return rows.sort_values(list(spec.order), kind="stable")[columns_of(spec)]


def columns_of(spec: TableSpec) -> Sequence[str]:
    """Names of a table's columns, as they are kept."""
    return [c.name for c in spec.columns]
