"""Small canonical tables from plain values, for the tests of the clock."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import pandas as pd

from forewarn.tables import SPECS, Tables, TableSpec

DTYPES = {
    "text": "str",
    "instant": "datetime64[us, UTC]",
    "number": "float64",
    "count": "int64",
    "flag": "bool",
}


def make_tables(
    tickets: Sequence[Mapping[str, Any]],
    events: Sequence[Mapping[str, Any]] = (),
    customers: Sequence[Mapping[str, Any]] = (),
    *,
    watermark: int | None = None,
) -> Tables:
    """Tables in their canonical order; instants are int microseconds since 1970.

    ``known_at`` is ``occurred_at`` (``created_at``) and ``sequence`` the position where not given.
    """
    attributes = tuple(
        dict.fromkeys(k for t in tickets for k in t if not SPECS["tickets"].column(k))
    )
    rows = {
        "tickets": [{"known_at": t["created_at"], **t} for t in tickets],
        "ticket_events": [
            {"known_at": e["occurred_at"], "sequence": i, "is_public": False, **e}
            for i, e in enumerate(events)
        ],
        "customers": [{"known_at": c["occurred_at"], **c} for c in customers],
    }
    frames = {name: _empty(name) for name in SPECS}
    frames |= {name: _frame(SPECS[name], found, ()) for name, found in rows.items() if found}
    frames["tickets"] = _frame(SPECS["tickets"], rows["tickets"], attributes)
    latest = max((r["known_at"] for part in rows.values() for r in part), default=0)
    mark = latest if watermark is None else watermark
    return Tables(
        **frames,
        watermark=pd.Timestamp(mark, unit="us", tz="UTC"),
        digest="test",
        attributes=attributes,
    )


@cache
def _empty(name: str) -> pd.DataFrame:
    return _frame(SPECS[name], [], ())


def _frame(
    spec: TableSpec, rows: Sequence[Mapping[str, Any]], attributes: Sequence[str]
) -> pd.DataFrame:
    columns = {c.name: _series([r.get(c.name) for r in rows], DTYPES[c.kind]) for c in spec.columns}
    columns |= {name: pd.Series([r.get(name) for r in rows], dtype="str") for name in attributes}
    return pd.DataFrame(columns).sort_values(list(spec.order), kind="stable", ignore_index=True)


def _series(values: Sequence[Any], dtype: str) -> pd.Series:
    if dtype.startswith("datetime"):
        whole = pd.array([pd.NA if v is None else v for v in values], dtype="Int64")
        return pd.to_datetime(pd.Series(whole), unit="us", utc=True).astype(dtype)
    return pd.Series(list(values), dtype=dtype)
