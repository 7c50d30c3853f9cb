"""Which clocks are asked about, and when."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.history import History, build_history
from features.observations import (
    landmark_observations,
    open_observations,
    snapshot_observations,
)
from forewarn.config import Config, load_config, parse_config
from forewarn.ingest import ingest
from forewarn.sla.labels import label_clocks
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace

Desk = Callable[..., Tables]
HistoryOf = Callable[..., History]
At = Callable[[float], pd.Timestamp]
MICROSECOND = pd.Timedelta(microseconds=1)


def rows(frame: pd.DataFrame, at: At) -> list[tuple[str, str, float]]:
    """(ticket, landmark, hours since Monday) of each observation, less the microsecond."""
    hours = (frame["as_of"] - MICROSECOND - at(0)) / pd.Timedelta(hours=1)
    return list(zip(frame["ticket_id"], frame["landmark"], hours, strict=True))


def test_clocks_are_observed_at_opening_and_at_shares(
    desk: Desk, history_of: HistoryOf, at: At
) -> None:
    """Opened at 0 with 10 h, solved at 6: seen at 0, 2.5 and 5, and no more once it is over."""
    tables = desk([("T", 0)], [("T", 6, "solved")])
    frame = landmark_observations(history_of(tables), landmarks=(0.25, 0.5, 0.75))
    assert rows(frame, at) == [("T", "opening", 0.0), ("T", "0.25", 2.5), ("T", "0.5", 5.0)]
    assert (frame["due_at"] == at(10)).all()
    assert frame["as_of"].iloc[0] == at(0) + MICROSECOND


def test_a_ticket_is_first_seen_when_it_is_known(desk: Desk, history_of: HistoryOf, at: At) -> None:
    """Opened at 0, known at 3: the opening is 3, the landmark at 2.5 has passed unseen."""
    tables = desk([("T", 0, {"known": 3})], [("T", 6, "solved")])
    frame = landmark_observations(history_of(tables), landmarks=(0.25, 0.5))
    assert rows(frame, at) == [("T", "opening", 3.0), ("T", "0.5", 5.0)]


def test_what_is_solved_but_not_known_to_be_is_open(
    desk: Desk, history_of: HistoryOf, at: At
) -> None:
    """Solved at 4, known at 6: at 5 nobody could tell, so the clock is asked about."""
    tables = desk([("T", 0), ("LATER", 50)], [("T", 4, "solved", {"known": 6})])
    open_at_5 = open_observations(history_of(tables), as_of=at(5))
    assert open_at_5["ticket_id"].tolist() == ["T"]
    assert open_observations(history_of(tables), as_of=at(6) + MICROSECOND).empty


def test_breached_clocks_are_not_observed_but_stay_open(
    desk: Desk, history_of: HistoryOf, at: At
) -> None:
    """After 10 h there is nothing to predict; the queue has it all the same."""
    history = history_of(desk([("T", 0)], [("T", 30, "solved")]))
    assert rows(landmark_observations(history, landmarks=(0.9,)), at)[-1] == ("T", "0.9", 9.0)
    assert snapshot_observations(history, instants=[at(11)]).empty
    frame = open_observations(history, as_of=at(11))
    assert frame[["is_breached", "remaining_seconds"]].to_numpy().tolist() == [[True, -3600.0]]


def test_a_paused_clock_is_due_as_if_it_resumed_now(
    desk: Desk, history_of: HistoryOf, at: At
) -> None:
    """On hold from 4 on: at 20 six hours are left, so 26."""
    tables = desk([("T", 0)], [("T", 4, "status_changed", {"to_value": "pending"})])
    frame = open_observations(history_of(tables), as_of=at(20))
    assert frame["is_paused"].tolist() == [True]
    assert frame["state"].tolist() == ["paused"]
    assert frame["due_at"].tolist() == [at(26)]
    assert frame[["elapsed_seconds", "target_seconds"]].to_numpy().tolist() == [[14400.0, 36000.0]]


def test_the_opening_can_be_observed_later(
    desk: Desk, history_of: HistoryOf, at: At, small_config: Config
) -> None:
    """With a delay of a minute, what is solved within it is never asked about."""
    text = """
sources: [{name: tickets, shape: tickets, path: tickets.csv}]
sla: {metrics: [resolution], policies: [{name: all, targets: {resolution: 10h}}]}
training: {opening_delay: 1m}
"""
    tables = desk([("A", 0), ("B", 0)], [("A", 0.01, "solved"), ("B", 0.02, "solved")])
    frame = landmark_observations(history_of(tables, parse_config(text)), landmarks=())
    assert frame["ticket_id"].tolist() == ["B"]
    assert frame["as_of"].iloc[0] == at(1 / 60) + MICROSECOND


def test_earlier_tickets_can_be_left_out(desk: Desk, history_of: HistoryOf, at: At) -> None:
    """They are history only."""
    history = history_of(desk([("A", 0), ("B", 5)], []))
    frame = landmark_observations(history, landmarks=(), opened_from=at(5))
    assert frame["ticket_id"].tolist() == ["B"]


def test_a_reopened_ticket_has_a_clock_of_its_own(
    desk: Desk, history_of: HistoryOf, at: At
) -> None:
    """The second cycle is observed when the reopening is known."""
    events = [("T", 3, "solved"), ("T", 8, "reopened", {"to_value": "open", "known": 9})]
    frame = landmark_observations(history_of(desk([("T", 0)], events)), landmarks=())
    assert rows(frame, at) == [("T", "opening", 0.0), ("T", "opening", 9.0)]
    assert frame["cycle"].tolist() == [1, 2]


def test_an_event_after_an_unknown_ending_still_happens_to_the_first_clock(
    desk: Desk, history_of: HistoryOf, at: At
) -> None:
    """Solved at 2 (known at 50), open again at 3, on hold from 4: at 5 it is on hold, 6 h left.

    That it was solved and reopened is told from 50 on: then the second clock is on hold.
    """
    events = [
        ("T", 2, "solved", {"known": 50}),
        ("T", 3, "reopened", {"to_value": "open"}),
        ("T", 4, "status_changed", {"to_value": "pending"}),
    ]
    history = history_of(desk([("T", 0), ("LATER", 60)], events))
    early = open_observations(history, as_of=at(5))
    assert early[["cycle", "is_paused", "elapsed_seconds"]].to_numpy().tolist() == [
        [1, True, 14400.0]
    ]
    late = open_observations(history, as_of=at(51))
    assert late[["cycle", "is_paused", "elapsed_seconds"]].to_numpy().tolist() == [
        [2, True, 3600.0]
    ]


def test_open_clocks_are_those_that_reading_all_finds(
    small_history: History, small_tables: Tables
) -> None:
    """Skipping what is over for good loses nothing, at fifty instants of the small world."""
    from forewarn.sla.clock import read_clocks

    every = np.arange(len(small_history.timelines))
    first = small_tables.tickets["created_at"].min()
    for hours in range(0, 1500, 30):
        as_of = first + pd.Timedelta(hours=hours)
        micros = int(as_of.as_unit("us").to_datetime64().astype(np.int64))
        expected = every[read_clocks(small_history.timelines, every, as_of=micros).is_open]
        found = open_observations(small_history, as_of=as_of)["clock"].to_numpy()
        assert found.tolist() == expected.tolist()


def _example(name: str, data: Path, folder: Path) -> tuple[History, Config]:
    """The history of a public data set through the example that users get."""
    from forewarn.examples import init_workspace

    init_workspace(folder, example=name, data=data)
    ws = Workspace(folder)
    ingest(ws)
    config = load_config(ws.config_path)
    return build_history(read_tables(ws.tables), config, folder=ws.history), config


def _opened(history: History, frame: pd.DataFrame, zone: str, month: str) -> pd.DataFrame:
    """Observations of tickets that were opened in a month, with their final label."""
    created = pd.to_datetime(history.ticket_created_at, unit="us", utc=True).tz_convert(zone)
    in_month = created.tz_localize(None).to_period("M")[frame["ticket"]] == pd.Period(month)
    last = int(history.timelines.watermark) + 1
    labels = label_clocks(history.timelines, as_of=last).set_index("clock")["is_breached"]
    return frame.assign(is_breached=labels.reindex(frame["clock"]).to_numpy())[in_month]


@pytest.mark.real_data
def test_uci_observations_are_those_of_the_protocol(real_data: Path, tmp_path: Path) -> None:
    """May 2016: 7,056 at opening, .366 breached; 18,825 over all landmarks, .685 breached."""
    data = real_data / "uci_incidents" / "incident_event_log.parquet"
    history, config = _example("uci", data, tmp_path)
    frame = landmark_observations(history, landmarks=config.training.landmarks)
    may = _opened(history, frame, "UTC", "2016-05")
    opening = may[may["landmark"] == "opening"]
    assert (len(opening), len(may)) == (7056, 18825)
    assert round(opening["is_breached"].mean(), 3) == 0.366
    assert round(may["is_breached"].mean(), 3) == 0.685


@pytest.mark.real_data
def test_boston_observations_are_those_of_the_protocol(real_data: Path, tmp_path: Path) -> None:
    """November 2011, one minute after opening: 5,660 requests, .280 breached."""
    data = real_data / "boston311" / "service_requests_2011h2.parquet"
    history, _ = _example("boston", data, tmp_path)
    frame = landmark_observations(history, landmarks=())
    november = _opened(history, frame, "America/New_York", "2011-11")
    assert len(november) == 5660
    assert round(november["is_breached"].mean(), 3) == 0.280
