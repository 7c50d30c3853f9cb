"""Building timelines from tables of any order and size, and keeping them as arrays."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from sla_strategies import histories
from sla_tables import make_tables

from forewarn.config import SlaConfig
from forewarn.errors import DataError
from forewarn.sla.clock import reach, read_clocks
from forewarn.sla.labels import OUTCOMES, label_clocks
from forewarn.sla.timeline import Timelines, build_timelines

HOUR = 3_600_000_000
SLA = SlaConfig.model_validate(
    {
        "policies": [{"name": "p", "targets": {"first_response": "1h", "resolution": "4h"}}],
        "calendars": {"c": {"time_zone": "UTC", "windows": {"mon-fri": ["09:00-17:00"]}}},
    }
)
TICKETS = [{"ticket_id": "b", "created_at": 0}, {"ticket_id": "a", "created_at": HOUR}]
EVENTS = [
    {"ticket_id": "a", "occurred_at": 2 * HOUR, "kind": "solved"},
    {"ticket_id": "b", "occurred_at": 3 * HOUR, "kind": "agent_reply", "is_public": True},
]


def same(left: Timelines, right: Timelines) -> bool:
    """Whether two timelines are equal to the last bit."""
    a, b = left.to_arrays(), right.to_arrays()
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_clocks_come_by_ticket_metric_and_cycle() -> None:
    """A clock's ticket is the row position in the tickets, its cycle counts from 1."""
    timelines = build_timelines(make_tables(TICKETS, EVENTS), SLA)
    assert timelines.clock_ticket.tolist() == [0, 0, 1, 1]
    assert timelines.clock_metric.tolist() == [0, 3, 0, 3]
    assert timelines.clock_cycle.tolist() == [1, 1, 1, 1]


@settings(max_examples=15, deadline=None)
@given(histories())
def test_the_order_of_the_events_table_does_not_matter(history: Any) -> None:
    """Rows in reverse order, and rows of unknown tickets between them, change nothing."""
    tables = make_tables(**history["facts"])
    at = history["facts"]["tickets"][0]["created_at"]
    stray = make_tables(
        [], [{"ticket_id": "zz", "occurred_at": at, "kind": "solved"}]
    ).ticket_events
    mixed = pd.concat([tables.ticket_events.iloc[::-1], stray], ignore_index=True)
    other = Timelines.from_arrays(
        build_timelines(_with_events(tables, mixed), history["sla"]).to_arrays()
    )
    assert same(build_timelines(tables, history["sla"]), other)


def _with_events(tables: Any, events: pd.DataFrame) -> Any:
    return type(tables)(**{**vars(tables), "ticket_events": events})


def test_arrays_survive_files_without_pickle(tmp_path: Path) -> None:
    """Saved as .npy and mapped again, the timelines read the same."""
    timelines = build_timelines(make_tables(TICKETS, EVENTS), SLA)
    mapped: dict[str, np.ndarray] = {}
    for name, array in timelines.to_arrays().items():
        np.save(tmp_path / f"{name}.npy", array, allow_pickle=False)
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    again = Timelines.from_arrays(mapped)
    assert same(timelines, again)
    for left, right in zip(_read(timelines).values(), _read(again).values(), strict=True):
        assert np.array_equal(left, right)


def _read(timelines: Timelines) -> Mapping[str, np.ndarray]:
    return vars(read_clocks(timelines, np.arange(len(timelines)), as_of=5 * HOUR))


@pytest.mark.parametrize("tickets", [[], TICKETS])
def test_empty_tables_give_empty_answers(tickets: list[dict[str, Any]]) -> None:
    """No tickets, no events or no policy: no crash, and the right columns."""
    for sla in (SLA, SlaConfig()):
        timelines = build_timelines(make_tables(tickets), sla)
        assert len(timelines) == (4 if tickets and sla is SLA else 0)
        labels = label_clocks(timelines, as_of=HOUR)
        assert labels["outcome"].cat.categories.tolist() == list(OUTCOMES)
        assert len(reach(timelines, np.arange(len(timelines)), share=0.5)) == len(timelines)


def test_a_clock_that_is_not_there_is_refused() -> None:
    """Positions outside the timelines are an error, not a neighbour's memory."""
    timelines = build_timelines(make_tables(TICKETS, EVENTS), SLA)
    with pytest.raises(DataError, match="clocks are numbered 0 to 3"):
        read_clocks(timelines, [4], as_of=0)


def test_a_reading_far_beyond_the_data_asks_for_newer_data() -> None:
    """Three years after the watermark the calendars end, and so does what can be said."""
    config = SLA.model_dump()
    config["policies"][0]["calendar"] = "c"
    timelines = build_timelines(make_tables(TICKETS, EVENTS), SlaConfig.model_validate(config))
    said = r"asked for 1980-01-0\d .* UTC: ingest newer data first"
    with pytest.raises(DataError, match=said):
        read_clocks(timelines, [0], as_of=10 * 366 * 24 * HOUR)


def test_progress_is_told() -> None:
    """Building says what it does, and ends at 1."""
    told: list[tuple[str, float]] = []
    build_timelines(
        make_tables(TICKETS, EVENTS), SLA, progress=lambda what, done: told.append((what, done))
    )
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
