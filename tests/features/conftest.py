"""Histories for the tests of features, built for real in temporary folders."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.history import History, build_history
from forewarn.config import Config, parse_config
from forewarn.tables import Tables

HistoryOf = Callable[..., History]
MONDAY = pd.Timestamp("2026-03-02T00:00Z")
ROUND_THE_CLOCK = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  metrics: [resolution]
  policies:
    - {name: all, targets: {resolution: 10h}}
queue:
  priorities: [high, normal]
"""


@pytest.fixture(scope="session")
def history_of(tmp_path_factory: pytest.TempPathFactory) -> HistoryOf:
    """Builds the history of tables by a configuration (10 h round the clock if not given)."""

    def build(tables: Tables, config: Config | None = None) -> History:
        folder: Path = tmp_path_factory.mktemp("history")
        return build_history(tables, config or parse_config(ROUND_THE_CLOCK), folder=folder)

    return build


@pytest.fixture(scope="session")
def at() -> Callable[[float], pd.Timestamp]:
    """Hours since Monday, 2 March 2026, 00:00 UTC, as an instant."""
    return lambda hours: MONDAY + pd.Timedelta(hours=hours)


@pytest.fixture(scope="session")
def desk(as_tables: Callable[..., Tables]) -> Callable[..., Tables]:
    """Makes tables of tickets ``(id, hour, values)`` and events ``(id, hour, kind, values)``.

    Every ticket gets its ``created`` event; ``known`` in the values is the hour of known_at.
    Further frames by name.
    """

    def make(
        tickets: list[tuple[Any, ...]], events: list[tuple[Any, ...]], **more: pd.DataFrame
    ) -> Tables:
        opened = [_row(t[1], t[2:], ticket_id=t[0]) for t in tickets]
        log = [(t[0], t[1], "created", {"to_value": "new", "known": _known(t)}) for t in tickets]
        rows = [
            _row(e[1], e[3:], ticket_id=e[0], kind=e[2], sequence=i)
            for i, e in enumerate([*log, *events])
        ]
        frames = {
            "tickets": pd.DataFrame(opened).rename(columns={"occurred_at": "created_at"}),
            "ticket_events": pd.DataFrame(rows).drop(columns="known", errors="ignore"),
        }
        return as_tables({**frames, **more})

    return make


def _known(row: tuple[Any, ...]) -> float:
    values = row[2] if len(row) > 2 else {}
    return float(values.get("known", row[1]))


def _row(hour: float, values: tuple[dict[str, Any], ...], **more: Any) -> dict[str, Any]:
    given = {**more, **(values[0] if values else {})}
    known = given.pop("known", hour)
    return {
        "is_public": True,
        "actor_kind": "agent",
        "occurred_at": MONDAY + pd.Timedelta(hours=hour),
        "known_at": MONDAY + pd.Timedelta(hours=float(known)),
        **given,
    }


@pytest.fixture(scope="session")
def small_history(small_tables: Tables, small_config: Config, history_of: HistoryOf) -> History:
    """The history of the small world."""
    return history_of(small_tables, small_config)


@pytest.fixture(scope="session")
def demo_history(demo_tables: Tables, demo_config: Config, history_of: HistoryOf) -> History:
    """The history of six weeks of the demo desk."""
    return history_of(demo_tables, demo_config)
