"""Who has how much to do, from what was visible."""

import numpy as np

from features.backlog import arrivals, backlog_stream, read_steps, solutions
from features.path import CREATION, GROUP, PRIORITY, STATUS, StateFacts, build_path
from features.streams import Stream
from forewarn.sla.openings import NAT

HOUR = 3_600_000_000
TOP = 8


def path() -> Stream:
    """Two tickets; hours below.

    T0: created at 0 in group 0, to group 1 at 2, waits from 3, solved at 5, reopened at 7.
    T1: created at 1 in group 0, top priority from 4, solved at 6.
    """
    rows = [
        (0, 0, CREATION, 0), (1, 1, CREATION, 1), (0, 2, GROUP, 1), (0, 3, STATUS, 2),
        (1, 4, PRIORITY, TOP), (0, 5, STATUS, 4), (1, 6, STATUS, 4), (0, 7, STATUS, 1),
    ]  # fmt: skip
    ticket, hour, kind, code = (np.array([r[i] for r in rows], np.int64) for i in range(4))
    return build_path(
        StateFacts(
            ticket, hour * HOUR, hour * HOUR, np.where(kind == CREATION, NAT, np.arange(8)),
            kind.astype(np.int8), code.astype(np.int32),
            np.array([[0, 0, -1, 7, -1], [0, 0, -1, 7, -1]], np.int32),
        )
    )  # fmt: skip


def seen(stream: Stream, column: str, group: int) -> list[float]:
    """A group's column just after each of the hours 0 to 7."""
    instants = np.arange(8) * HOUR + 1
    return stream.numbers(column, stream.last_before(np.full(8, group), instants)).tolist()


def test_backlogs_follow_hand_overs_and_solutions() -> None:
    """Each hour's open tickets of both groups, counted by hand."""
    p = path()
    steps = read_steps(p, top_priority=TOP)
    before, after = p.columns["group"][steps.row - 1], p.columns["group"][steps.row]
    stream = backlog_stream(steps, before.astype(np.int64), after.astype(np.int64), n_keys=2)
    assert seen(stream, "n_open", 0) == [1, 2, 1, 1, 1, 1, 0, 0]
    assert seen(stream, "n_open", 1) == [0, 0, 1, 1, 1, 0, 0, 1]
    assert seen(stream, "n_top", 0) == [0, 0, 0, 0, 1, 1, 0, 0]
    assert seen(stream, "n_waiting", 1) == [0, 0, 0, 1, 1, 0, 0, 0]


def test_open_hours_are_the_backlog_over_time() -> None:
    """Group 0 has 1 from 0, 2 from 1, 1 from 2 to 6: up to its fact at 6, seven ticket hours."""
    p = path()
    steps = read_steps(p, top_priority=TOP)
    before, after = p.columns["group"][steps.row - 1], p.columns["group"][steps.row]
    stream = backlog_stream(steps, before.astype(np.int64), after.astype(np.int64), n_keys=2)
    assert seen(stream, "open_hours", 0)[6] == 7.0
    assert seen(stream, "open_hours", 1)[7] == 3.0


def test_arrivals_are_new_tickets_hand_overs_and_reopenings() -> None:
    """Group 0 gets T0 and T1; group 1 gets T0 at 2 and again at 7."""
    p = path()
    steps = read_steps(p, top_priority=TOP)
    before, after = p.columns["group"][steps.row - 1], p.columns["group"][steps.row]
    stream = arrivals(steps, before.astype(np.int64), after.astype(np.int64), n_keys=2)
    assert [a for a in stream.at.tolist() if a != NAT] == [0, HOUR, 2 * HOUR, 7 * HOUR]
    assert np.diff(stream.start).tolist() == [3, 3, 1]


def test_solutions_belong_to_whoever_had_the_ticket() -> None:
    """Group 1 solved T0 after 5 h, group 0 solved T1 after 5 h."""
    p = path()
    steps = read_steps(p, top_priority=TOP)
    before = p.columns["group"][steps.row - 1].astype(np.int64)
    stream = solutions(steps, before, np.array([0, HOUR]), n_keys=2)
    assert seen(stream, "hours", 0) == [0, 0, 0, 0, 0, 0, 5, 5]
    assert seen(stream, "hours", 1) == [0, 0, 0, 0, 0, 5, 5, 5]
