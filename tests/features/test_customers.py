"""Features of whole customers: right by hand, and blind to the future."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.customers import build_customer_features, declared_of_customers, known_customers
from features.history import History
from features.observations import micros
from forewarn.config import Config
from forewarn.tables import Tables

METRICS = ("first_response", "resolution")
DELAYS = [pd.Timedelta(d) for d in ("0", "1us", "1h", "30D")]
BACK_DATED = [pd.Timedelta(d) for d in ("0", "5D")]
KINDS = ("customer_reply", "escalated", "reopened", "csat", "solved")
HistoryOf = Callable[..., History]
AsTables = Callable[..., Tables]


def told(history: History, names: Sequence[str], as_of: pd.Timestamp) -> pd.DataFrame:
    """All features of the named customers; texts as texts."""
    words = history.texts["word/customer"].to_pylist()
    asked = pd.DataFrame({"customer": [words.index(n) for n in names], "as_of": as_of})
    frame = build_customer_features(history, asked, metrics=METRICS)
    return frame.astype(dict.fromkeys(frame.select_dtypes("category").columns, "str"))


def frames_of(tables: Tables) -> dict[str, pd.DataFrame]:
    """The tables as frames by name."""
    names = ("tickets", "ticket_events", "customers", "customer_health", "agents", "groups")
    return {name: getattr(tables, name) for name in names}


def poisoned(tables: Tables, as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Everything, and absurd facts known from ``as_of`` on, some of them back-dated."""
    times = [
        {"occurred_at": as_of + delay - back, "known_at": as_of + delay}
        for delay in DELAYS
        for back in BACK_DATED
    ]
    people = [f"C{i}" for i in range(1, 6)]
    frames = frames_of(tables)
    tickets: list[dict[str, Any]] = [
        {
            "ticket_id": f"P{i}-{who}", "customer_id": who, "created_at": time["occurred_at"],
            "known_at": time["known_at"], "priority": "high", "group_id": "desk",
        }
        for i, time in enumerate(times) for who in people
    ]  # fmt: skip
    events = [
        {
            **time, "ticket_id": ticket, "sequence": 1000 * (i + 1) + j, "kind": kind,
            "to_value": "1000000" if kind == "csat" else "open", "actor_id": "A1",
            "actor_kind": "customer" if kind == "customer_reply" else "agent", "is_public": True,
        }
        for i, time in enumerate(times)
        for ticket in frames["tickets"]["ticket_id"] for j, kind in enumerate(KINDS)
    ]  # fmt: skip
    more = {
        "tickets": tickets,
        "ticket_events": events,
        "customers": [
            {**time, "customer_id": who, "tier": "tin", "contract_value": 1e15, "loyalty": -1e9,
             "region": "moon", "criticality": "none", "renewal_on": as_of}
            for time in times for who in people
        ],
        "customer_health": [
            {**time, "customer_id": who, "score": 1.5, "override_score": 0.25,
             "components": '{"usage": 1e6, "support": -1e6}'}
            for time in times for who in people
        ],
    }  # fmt: skip
    return {
        name: pd.concat([frame, pd.DataFrame(more.get(name, []))], ignore_index=True)
        for name, frame in frames.items()
    }


@pytest.fixture(scope="module")
def moment(small_tables: Tables) -> pd.Timestamp:
    """An instant at which a fact became known, so that ``<=`` in place of ``<`` would show."""
    known_at = small_tables.ticket_events["known_at"].sort_values(ignore_index=True)
    return pd.Timestamp(known_at[int(0.7 * len(known_at))])


@pytest.fixture(scope="module")
def poison(
    small_tables: Tables,
    small_config: Config,
    as_tables: AsTables,
    history_of: HistoryOf,
    moment: pd.Timestamp,
) -> History:
    """The small world with a poisoned future."""
    return history_of(as_tables(poisoned(small_tables, moment)), small_config)


def moved(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    """Features of which a value differs in the slightest."""
    return {name for name in before if not before[name].equals(after[name])}


def test_no_feature_of_a_customer_looks_ahead(
    small_history: History, poison: History, moment: pd.Timestamp
) -> None:
    """Facts at as_of and later, back-dated ones included, change no value in the last bit."""
    people = [f"C{i}" for i in range(1, 6)]
    clean = told(small_history, people, moment)
    assert moved(clean, told(poison, people, moment)) == set()
    assert clean.shape == (5, len(declared_of_customers(small_history, metrics=METRICS)))


def test_the_poison_moves_every_feature_that_is_asked_later(
    small_history: History, poison: History, moment: pd.Timestamp
) -> None:
    """A microsecond and a month later all of it shows: no feature is blind."""
    people = [f"C{i}" for i in range(1, 6)]
    seen: set[str] = set()
    for later in ("1us", "2h", "12h", "3D", "31D"):
        at = moment + pd.Timedelta(later)
        seen |= moved(told(small_history, people, at), told(poison, people, at))
    every = {f.name for f in declared_of_customers(small_history, metrics=METRICS)}
    assert every - seen == set()


def test_counts_by_hand(
    desk: Callable[..., Tables], at: Callable[[float], pd.Timestamp], history_of: HistoryOf
) -> None:
    """Two tickets of A, the first broken after 10 hours; B is known by its contract alone."""
    contract = pd.DataFrame(
        {"customer_id": ["B"], "occurred_at": [at(0.0)], "known_at": [at(0.0)], "tier": ["gold"]}
    )
    tables = desk(
        [
            ("T1", 0.0, {"customer_id": "A", "group_id": "g"}),
            ("T2", 20.0, {"customer_id": "A", "group_id": "g"}),
        ],
        [("T2", 21.0, "escalated", {"to_value": None})],
        customers=contract,
    )
    history = history_of(tables)
    assert history.texts["word/customer"].to_pylist() == ["A", "B"]
    asked = pd.DataFrame({"customer": [0, 1, -1], "as_of": at(24.0)})
    found = build_customer_features(history, asked, metrics=("resolution",))
    assert found["customer_tickets_7d"].fillna(-1).tolist() == [2.0, 0.0, -1.0]
    assert found["customer_open"].fillna(-1).tolist() == [2.0, 0.0, -1.0]
    assert found["customer_escalations_7d"].fillna(-1).tolist() == [1.0, 0.0, -1.0]
    assert found["customer_broken_7d_resolution"].fillna(-1).tolist() == [1.0, 0.0, -1.0]
    assert known_customers(history, as_of=micros(at(24.0))).tolist() == [0, 1]
    assert known_customers(history, as_of=micros(at(0.0))).tolist() == []


def test_no_customers_at_all(
    desk: Callable[..., Tables], at: Callable[[float], pd.Timestamp], history_of: HistoryOf
) -> None:
    """Tickets without a customer: nobody is known, and asking for nobody gives no rows."""
    history = history_of(desk([("T1", 0.0, {"group_id": "g"})], []))
    assert known_customers(history, as_of=micros(at(9.0))).tolist() == []
    nobody = pd.DataFrame(
        {"customer": np.empty(0, np.int64), "as_of": pd.DatetimeIndex([], tz="UTC")}
    )
    assert len(build_customer_features(history, nobody, metrics=("resolution",))) == 0
