"""No feature looks ahead: absurd facts from as_of on, on everything, move nothing.

Facts are put at as_of itself, + 1 µs, + 1 h and + 30 d, dated then or back-dated by five days
(known late), on every ticket, customer, group and agent; and in another run everything that
is not known before as_of is cut away. The same poison must move every feature that is asked
later, or it would prove nothing.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.build import build_features
from features.catalogue import declared_features
from features.history import History
from features.observations import open_observations
from forewarn.config import METRICS, Config
from forewarn.tables import EVENT_KINDS, Tables

AsTables = Callable[..., Tables]
HistoryOf = Callable[..., History]
Frames = dict[str, pd.DataFrame]
TABLES = ("tickets", "ticket_events", "customers", "customer_health", "agents", "groups")
DELAYS = [pd.Timedelta(d) for d in ("0", "1us", "1h", "30D")]
BACK_DATED = [pd.Timedelta(d) for d in ("0", "5D")]
VALUES = {
    "status_changed": "on_hold", "group_changed": "billing", "assigned": "A2", "csat": "1000000",
    "priority_changed": "high", "category_changed": "question", "reopened": "open",
}  # fmt: skip
NEVER_MOVE = {
    "time_hour", "time_weekday", "created_hour", "created_weekday",
    "clock_cycle",
    "ticket_subject_length", "ticket_description_length", "ticket_channel", "ticket_product",
    "ticket_type", "ticket_language", "ticket_site", "ticket_seats", "ticket_sentiment",
    *(f"ticket_text_{i}" for i in range(8)),
    "type_breach_rate", "type_breach_lift", "type_breach_lift_28d",
    "language_breach_rate", "language_breach_lift", "language_breach_lift_28d",
}  # fmt: skip
"""Wall time, what tickets came with, and which cycle it is that is asked about.

The small world has no types and languages.
"""


def frames_of(tables: Tables) -> Frames:
    """The tables as frames by name."""
    return {name: getattr(tables, name) for name in TABLES}


def moments(tables: Tables, count: int) -> list[pd.Timestamp]:
    """Instants at which a fact became known, so that ``<=`` in place of ``<`` would show."""
    known_at = tables.ticket_events["known_at"].sort_values(ignore_index=True)
    places = np.linspace(0.35, 0.9, count) * len(known_at)
    return [known_at[int(place)] for place in places]


def cut(tables: Tables, as_of: pd.Timestamp) -> Frames:
    """Only what was known before ``as_of``."""
    kept = {name: frame[frame["known_at"] < as_of] for name, frame in frames_of(tables).items()}
    of_kept = kept["ticket_events"]["ticket_id"].isin(kept["tickets"]["ticket_id"])
    return {**kept, "ticket_events": kept["ticket_events"][of_kept]}


def poisoned(tables: Tables, as_of: pd.Timestamp) -> Frames:
    """Everything, and absurd facts known from ``as_of`` on."""
    times = [
        {"occurred_at": as_of + delay - back, "known_at": as_of + delay}
        for delay, back in itertools.product(DELAYS, BACK_DATED)
    ]
    more = {
        "tickets": list(_tickets(times)),
        "ticket_events": list(_events(tables, times)),
        "customers": [
            {**time, "customer_id": f"C{i}", "tier": "tin", "contract_value": 1e15,
             "region": "moon", "renewal_on": as_of, "loyalty": -1e9, "criticality": "none"}
            for time in times for i in range(1, 6)
        ],
        "customer_health": [
            {**time, "customer_id": f"C{i}", "score": 1.5, "override_score": 0.25,
             "components": '{"usage": 1e6, "support": -1e6}'}
            for time in times for i in range(1, 6)
        ],
        "agents": [
            {**time, "agent_id": f"A{i}", "group_id": "billing", "shift": "office"}
            for time in times for i in range(1, 6)
        ],
        "groups": [{**time, "group_id": "poison", "name": "poison"} for time in times],
    }  # fmt: skip
    return {
        name: pd.concat([frame, pd.DataFrame(more[name])], ignore_index=True)
        for name, frame in frames_of(tables).items()
    }


def _tickets(times: list[dict[str, pd.Timestamp]]) -> Iterator[dict[str, Any]]:
    for i, time in enumerate(times):
        for j in range(40):
            yield {
                "ticket_id": f"T{j:03d}-{i}", "customer_id": f"C{j % 5 + 1}",
                "created_at": time["occurred_at"], "known_at": time["known_at"],
                "channel": ("mail", "phone")[j % 2], "product": ("router", "invoice")[j % 2],
                "category": ("fault", "question")[j % 2], "priority": ("high", "normal")[j % 2],
                "group_id": ("desk", "network", "billing", "poison")[j % 4],
                "site": ("north", "south", "east")[j % 3], "seats": 1e15,
            }  # fmt: skip


def _events(tables: Tables, times: list[dict[str, pd.Timestamp]]) -> Iterator[dict[str, Any]]:
    """Not all kinds on all tickets, so that some stay open."""
    kinds = [kind for kind in EVENT_KINDS if kind != "created"]  # that happens but once
    for i, time in enumerate(times):
        for j, ticket_id in enumerate(tables.tickets["ticket_id"]):
            for sequence, kind in enumerate(kinds[(i + j) % 2 :: 2], start=1000 * (i + 1)):
                yield {
                    **time, "ticket_id": ticket_id, "sequence": sequence, "kind": kind,
                    "to_value": VALUES.get(kind), "actor_id": "A1", "actor_kind": "agent",
                    "is_public": True,
                }  # fmt: skip


def features_at(history: History, clocks: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """All features of the named clocks, one row each; texts as texts."""
    names = names_of(history)
    found = pd.MultiIndex.from_frame(names).get_indexer(pd.MultiIndex.from_frame(clocks))
    assert (found >= 0).all()
    asked = pd.DataFrame({"clock": names.index.to_numpy()[found], "as_of": as_of})
    frame = build_features(history, asked)
    texts = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(texts, "str"))


def names_of(history: History) -> pd.DataFrame:
    """What tells clocks apart in any history: a cycle is the n-th that is seen at as_of."""
    timelines = history.timelines
    return pd.DataFrame(
        {
            "ticket_id": np.array(history.ticket_ids.to_pylist())[timelines.clock_ticket],
            "metric": np.array(METRICS)[timelines.clock_metric],
            "cycle": timelines.clock_cycle,
        }
    )


def moved(before: pd.DataFrame, after: pd.DataFrame) -> set[str]:
    """Names of the features of which a value differs in the slightest."""
    return {name for name in before if not before[name].equals(after[name])}


@dataclass(frozen=True)
class Case:
    """The clocks open at ``as_of``, in the clean, the poisoned and the cut history."""

    as_of: pd.Timestamp
    clocks: pd.DataFrame
    clean: History
    poison: History
    past: History

    def moved(self, history: History, *, later: str = "0") -> set[str]:
        """Features that a history tells otherwise than the clean one, some time after as_of."""
        instant = self.as_of + pd.Timedelta(later)
        clean = features_at(self.clean, self.clocks, instant)
        return moved(clean, features_at(history, self.clocks, instant))


@pytest.fixture(scope="module")
def cases(
    small_tables: Tables,
    small_config: Config,
    small_history: History,
    as_tables: AsTables,
    history_of: HistoryOf,
) -> list[Case]:
    """Four instants of the small world, each with some dozens of open clocks."""
    made = []
    for as_of in moments(small_tables, 4):
        poison = history_of(as_tables(poisoned(small_tables, as_of)), small_config)
        past = history_of(as_tables(cut(small_tables, as_of)), small_config)
        opened = open_observations(small_history, as_of=as_of)["clock"].to_numpy()
        clocks = names_of(small_history).iloc[opened]
        made.append(Case(as_of, clocks, small_history, poison, past))
    return made


def test_no_feature_moves_when_the_future_is_poisoned(cases: list[Case]) -> None:
    """Facts at as_of and later, late ones included, change no value in the last bit."""
    for case in cases:
        assert len(case.clocks) > 20
        assert case.moved(case.poison) == set()


def test_no_feature_moves_when_the_future_is_cut(cases: list[Case]) -> None:
    """A history that ends just before as_of gives the same: training rows are scoring rows."""
    for case in cases:
        assert case.moved(case.past) == set()


def test_the_poison_moves_every_feature_that_is_asked_later(cases: list[Case]) -> None:
    """A microsecond later the facts at as_of show, and a month later the rest: none is blind."""
    every = {feature.name for feature in declared_features(cases[0].clean)}
    seen = {
        name
        for case in cases
        for later in ("1us", "2h", "31D")
        for name in case.moved(case.poison, later=later)
    }
    assert every - seen == NEVER_MOVE


def test_a_microsecond_shows_in_all_that_needs_no_deadline_to_pass(cases: list[Case]) -> None:
    """Reading facts at as_of itself, ``<=`` in place of ``<``, would be found in these."""
    every = {feature.name for feature in declared_features(cases[0].clean)}
    slow = {name for name in every if name.endswith(("breach_rate", "breach_lift"))}
    slow |= {"customer_breach_age_hours"}
    seen = {name for case in cases for name in case.moved(case.poison, later="1us")}
    assert every - seen - slow == NEVER_MOVE - slow
