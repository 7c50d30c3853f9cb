"""Customers, their health, agents and groups: facts that hold from an instant on."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from forewarn.schema import TableSpec, arrow_schema
from forewarn.sources.frames import decode, encode, first_told
from forewarn.sources.ledger import Ledger, keep_one

_ALWAYS = 0  # 1970-01-01


def build_entities(rows: pa.Table, spec: TableSpec, ledger: Ledger) -> pa.Table:
    """One row per key. A fact without a date has held, and was known, from 1970 on."""
    frames, ledger.words = encode({spec.name: rows})
    frame = frames[spec.name]
    occurred = first_told(frame["occurred_at"], np.full(len(frame), _ALWAYS))
    known = first_told(frame["known_at"], occurred)
    ledger.n_known_early += int((known < occurred).sum())
    frame = frame.assign(occurred_at=occurred, known_at=np.maximum(known, occurred))
    frame = keep_one(frame, list(spec.key), ledger, column=spec.key[0])
    return _sorted(frame, spec, ledger)


def _sorted(frame: pd.DataFrame, spec: TableSpec, ledger: Ledger) -> pa.Table:
    table = decode(frame, ledger.words, arrow_schema(spec, {}))
    return table.take(pc.sort_indices(table, sort_keys=[(c, "ascending") for c in spec.order]))
