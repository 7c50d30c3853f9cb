"""Work per agent on shift: who is there to do it."""

from collections.abc import Callable

import pandas as pd

from features.build import build_features
from features.catalogue import feature_names
from features.history import History
from forewarn.config import Config, parse_config
from forewarn.tables import Tables

HistoryOf = Callable[..., History]
Desk = Callable[..., Tables]
At = Callable[[float], pd.Timestamp]
NAMES = ("group_open_per_agent_on_shift", "group_agents_on_shift_share")
CONFIG = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  metrics: [resolution]
  calendars:
    early: {time_zone: UTC, windows: {mon-fri: ["06:00-14:00"]}}
    late:
      time_zone: UTC
      windows: {mon-fri: ["12:00-20:00"]}
      versions:
        - {valid_from: 2026-03-05, windows: {mon-fri: ["15:00-20:00"]}}
  policies:
    - {name: all, targets: {resolution: 400h}}
  on_calendar_change: CHANGE
"""


def config(change: str = "split") -> Config:
    """Two shifts, one of which begins later from Thursday on."""
    return parse_config(CONFIG.replace("CHANGE", change))


def tables(desk: Desk, at: At) -> Tables:
    """Two tickets of group g, two early agents, a late one, one that works nobody knows when.

    C goes to group h at hour 50, which is known at hour 56.
    """
    rows = [("A", "g", "early", 0, 0), ("B", "g", "late", 0, 0), ("C", "g", "early", 0, 0),
            ("D", "g", "sometimes", 0, 0), ("C", "h", "early", 50, 56)]  # fmt: skip
    agents = pd.DataFrame(
        [
            {"agent_id": a, "group_id": g, "shift": s, "occurred_at": at(o), "known_at": at(k)}
            for a, g, s, o, k in rows
        ]
    )
    tickets = [("T", 1, {"group_id": "g"}), ("U", 2, {"group_id": "g"}), ("V", 3)]
    return desk(tickets, [], agents=agents)


def asked(history: History, as_of: pd.Timestamp, clock: int = 0) -> list[float | None]:
    """Both features of a ticket's clock; null is None."""
    frame = pd.DataFrame({"clock": [clock], "as_of": [as_of]})
    values = build_features(history, frame, names=NAMES).iloc[0]
    return [None if pd.isna(value) else float(value) for value in values]


def test_open_work_is_shared_by_those_on_shift(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """Two tickets: at 07:00 for two of three agents, at 13:00 for all three, at 21:00 for none."""
    history = history_of(tables(desk, at), config())
    assert asked(history, at(7)) == [1.0, 2 / 3]
    assert asked(history, at(13)) == [2 / 3, 1.0]
    assert asked(history, at(21)) == [None, 0.0]


def test_a_move_counts_once_it_is_known(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """On Wednesday at 07:00 C still counts, at 09:00 only A is there of A and B."""
    history = history_of(tables(desk, at), config())
    assert asked(history, at(55)) == [1.0, 2 / 3]
    assert asked(history, at(57)) == [2.0, 1 / 2]


def test_shifts_follow_the_versions_of_their_calendar(
    history_of: HistoryOf, desk: Desk, at: At
) -> None:
    """From Thursday on the late shift begins at 15:00, whatever that means for open clocks."""
    for change in ("split", "last"):
        history = history_of(tables(desk, at), config(change))
        assert asked(history, at(48 + 12.5)) == [1.0, 1.0]
        assert asked(history, at(72 + 12.5)) == [2.0, 1 / 2]
        assert asked(history, at(72 + 15.5)) == [2.0, 1 / 2]


def test_without_a_group_or_known_shifts_there_is_no_answer(
    history_of: HistoryOf, desk: Desk, at: At
) -> None:
    """V has no group; where no shift is a calendar, models do not see the features."""
    made = tables(desk, at)
    assert asked(history_of(made, config()), at(7), clock=2) == [None, None]
    bare = history_of(made)
    assert asked(bare, at(7)) == [None, None]
    assert not set(NAMES) & set(feature_names(bare, config()))
