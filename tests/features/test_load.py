"""Who has how much to do, from what was visible."""

import numpy as np

from features.load import COLUMNS, load_stream, read_steps
from features.path import build_path
from features.states import GROUP, PRIORITY, STATUS, StateFacts
from features.streams import Stream
from forewarn.sla.openings import NAT

HOUR = 3_600_000_000
TOP = 8


def load() -> Stream:
    """The load of both groups by two tickets; hours below.

    T0: created at 0 in group 0, to group 1 at 2, waits from 3, solved at 5, reopened at 7.
    T1: created at 1 in group 0, top priority from 4, solved at 6.
    """
    rows = [
        (2, GROUP, 1), (3, STATUS, 2), (5, STATUS, 4), (7, STATUS, 1),
        (4, PRIORITY, TOP), (6, STATUS, 4),
    ]  # fmt: skip
    hour, kind, code = (np.array([r[i] for r in rows], np.int64) for i in range(3))
    created_at = np.array([0, HOUR])
    path = build_path(
        StateFacts(
            np.array([0, 4, 6]), hour * HOUR, hour * HOUR, np.arange(6), kind.astype(np.int8),
            code.astype(np.int32), created_at, created_at,
            np.array([[0, 0, -1, 7, -1], [0, 0, -1, 7, -1]], np.int32),
        )
    )  # fmt: skip
    steps = read_steps(path, top_priority=TOP)
    before, after = path.codes("group", steps.row - 1), path.codes("group", steps.row)
    return load_stream(steps, before, after, created_at, n_keys=2, columns=COLUMNS)


def seen(column: str, group: int) -> list[float]:
    """A group's column just after each of the hours 0 to 7."""
    stream, instants = load(), np.arange(8) * HOUR + 1
    return stream.numbers(column, stream.last_before(np.full(8, group), instants)).tolist()


def test_backlogs_follow_hand_overs_and_solutions() -> None:
    """Each hour's open tickets of both groups, counted by hand."""
    assert seen("n_open", 0) == [1, 2, 1, 1, 1, 1, 0, 0]
    assert seen("n_open", 1) == [0, 0, 1, 1, 1, 0, 0, 1]
    assert seen("n_top", 0) == [0, 0, 0, 0, 1, 1, 0, 0]
    assert seen("n_waiting", 1) == [0, 0, 0, 1, 1, 0, 0, 0]


def test_open_time_is_the_backlog_over_time() -> None:
    """Group 0 has 1 from 0, 2 from 1, 1 from 2 to 6: up to its fact at 6, seven ticket hours."""
    assert seen("open_time", 0)[6] == 7 * HOUR
    assert seen("open_time", 1)[7] == 3 * HOUR


def test_arrivals_are_new_tickets_hand_overs_and_reopenings() -> None:
    """Group 0 gets T0 and T1; group 1 gets T0 at 2 and again at 7."""
    assert seen("n_arrived", 0) == [1, 2, 2, 2, 2, 2, 2, 2]
    assert seen("n_arrived", 1) == [0, 0, 1, 1, 1, 1, 1, 2]
    assert seen("arrived_at", 1)[1:3] == [NAT, 2 * HOUR]


def test_solutions_belong_to_whoever_had_the_ticket() -> None:
    """Group 1 solved T0 after 5 h, group 0 solved T1 after 5 h."""
    assert seen("n_solved", 0) == [0, 0, 0, 0, 0, 0, 1, 1]
    assert seen("solved_time", 0) == [0, 0, 0, 0, 0, 0, 5 * HOUR, 5 * HOUR]
    assert seen("solved_time", 1) == [0, 0, 0, 0, 0, 5 * HOUR, 5 * HOUR, 5 * HOUR]
