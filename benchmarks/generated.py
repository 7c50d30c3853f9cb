"""A generated history of N tickets with eight events each, as canonical tables."""

import numpy as np
import pandas as pd
import pyarrow as pa

from forewarn.tables import SPECS, Tables, arrow_schema

EVENTS_EACH = 8
_KINDS = (
    "created", "assigned", "agent_reply", "status_changed", "customer_reply", "status_changed",
    "priority_changed", "solved",
)  # fmt: skip
_STATUS = {3: "pending", 5: "open"}
_FIRST = 1_704_067_200_000_000  # 2024-01-01
_YEAR = 365 * 86_400 * 1_000_000
_HOUR = 3_600_000_000


def generate_tables(n_tickets: int, *, seed: int = 7) -> Tables:
    """Tickets over one year, 1,000 customers in four tiers, 20 groups; the same for one seed."""
    random = np.random.default_rng(seed)
    created_at = _FIRST + np.sort(random.integers(0, _YEAR, n_tickets))
    frames = {name: _empty(name) for name in SPECS}
    frames["tickets"] = _tickets(created_at, random)
    frames["ticket_events"], watermark = _events(created_at, random)
    frames["customers"] = _customers()
    return Tables(
        **frames,
        watermark=pd.Timestamp(watermark, unit="us", tz="UTC"),
        digest=f"generated-{n_tickets}-{seed}",
    )


def _tickets(created_at: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    n = created_at.size
    columns = {
        "ticket_id": _names("T", np.arange(n), n),
        "customer_id": _names("C", random.integers(0, 1000, n), 1000),
        "created_at": _instants(created_at),
        "known_at": _instants(created_at),
        "priority": _names("", random.integers(1, 5, n), 5),
        "group_id": _names("G", random.integers(0, 20, n), 20),
        "category": _names("K", random.integers(0, 50, n), 50),
    }
    return _frame("tickets", columns, n)


def _events(created_at: np.ndarray, random: np.random.Generator) -> tuple[pd.DataFrame, int]:
    n = created_at.size * EVENTS_EACH
    gaps = random.exponential(3 * _HOUR, (created_at.size, EVENTS_EACH)).astype(np.int64)
    gaps[:, 0] = 0
    at = (created_at[:, np.newaxis] + np.cumsum(gaps, axis=1)).ravel()
    place = np.tile(np.arange(EVENTS_EACH, dtype=np.int8), created_at.size)
    agents = np.repeat(random.integers(0, 300, created_at.size), EVENTS_EACH)
    columns = {
        "ticket_id": _names(
            "T", np.repeat(np.arange(created_at.size), EVENTS_EACH), created_at.size
        ),
        "occurred_at": _instants(at),
        "known_at": _instants(at),
        "sequence": pa.array(place.astype(np.int64)),
        "kind": _texts(place, _KINDS),
        "to_value": _to_values(place, random),
        "actor_id": _names("A", agents, 300),
        "actor_kind": _texts(np.where(np.isin(place, (0, 4)), 1, 0), ("agent", "customer")),
        "is_public": pa.array(np.isin(place, (0, 2, 4))),
    }
    return _frame("ticket_events", columns, n), int(at.max())


def _to_values(place: np.ndarray, random: np.random.Generator) -> pa.Array:
    words = ("1", "2", "3", "4", *_STATUS.values())
    codes = np.full(place.size, -1, np.int32)
    for position, status in _STATUS.items():
        codes[place == position] = words.index(status)
    changed = place == _KINDS.index("priority_changed")
    codes[changed] = random.integers(0, 4, int(changed.sum()))
    return _texts(codes, words)


def _customers() -> pd.DataFrame:
    start = np.full(1000, _FIRST)
    columns = {
        "customer_id": _names("C", np.arange(1000), 1000),
        "occurred_at": _instants(start),
        "known_at": _instants(start),
        "tier": _texts(np.arange(1000) % 4, ("bronze", "silver", "gold", "platinum")),
    }
    return _frame("customers", columns, 1000)


def _names(letter: str, numbers: np.ndarray, most: int) -> pa.Array:
    """``T0000012`` and the like, sorted as the numbers are."""
    words = pa.array([f"{letter}{i:08d}" if letter else str(i) for i in range(most)])
    return words.take(pa.array(numbers))


def _texts(codes: np.ndarray, words: tuple[str, ...]) -> pa.Array:
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.array(words).take(indices)


def _instants(microseconds: np.ndarray) -> pa.Array:
    return pa.array(microseconds).cast(pa.timestamp("us", tz="UTC"))


def _frame(name: str, columns: dict[str, pa.Array], n: int) -> pd.DataFrame:
    schema = arrow_schema(SPECS[name], {})
    filled = [
        columns[f.name].cast(f.type) if f.name in columns else pa.nulls(n, f.type) for f in schema
    ]
    frame: pd.DataFrame = pa.table(filled, schema=schema).to_pandas()
    return frame


def _empty(name: str) -> pd.DataFrame:
    return _frame(name, {}, 0)
