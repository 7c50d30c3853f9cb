"""What a ticket was at each instant, by what was visible then."""

import numpy as np
import pytest

from features.path import build_path
from features.states import AGENT, GROUP, PRIORITY, STATUS, StateFacts, is_open, is_waiting
from features.streams import Stream

NEW, OPEN, PENDING, SOLVED = 0, 1, 2, 4
Fact = tuple[int, int, int, int]


def path_of(*facts: Fact, group: int = -1) -> Stream:
    """The path of one ticket, created and known at 0; facts: occurred, known, kind, code."""
    occurred, known, kind, code = (np.array([f[i] for f in facts], np.int64) for i in range(4))
    return build_path(
        StateFacts(
            first=np.array([0, len(facts)]),
            occurred_at=occurred,
            known_at=np.maximum(occurred, known),
            sequence=np.arange(len(facts)),
            kind=kind.astype(np.int8),
            code=code.astype(np.int32),
            created_at=np.zeros(1, np.int64),
            created_known_at=np.zeros(1, np.int64),
            at_creation=np.array([[NEW, group, -1, 7, -1]], np.int32),
        )
    )


def seen(path: Stream, column: str, *instants: int) -> list[int]:
    """The column as seen at each instant."""
    rows = path.last_before(np.zeros(len(instants), np.int64), np.array(instants, np.int64))
    return path.columns[column].take(rows).tolist()


def test_a_state_holds_from_just_after_it_became_known() -> None:
    """Opened at 5, known at 8: new until 8, open after."""
    assert seen(path_of((5, 8, STATUS, OPEN)), "status", 0, 1, 8, 9) == [-1, NEW, NEW, OPEN]


def test_a_late_fact_does_not_override_a_newer_state() -> None:
    """Open since 5 becomes known only after solved at 7 was: it was superseded at birth."""
    path = path_of((5, 20, STATUS, OPEN), (7, 7, STATUS, SOLVED))
    assert seen(path, "status", 8, 21) == [SOLVED, SOLVED]


def test_a_late_fact_that_is_newer_does_count() -> None:
    """Solved at 9, known at 20, while open at 5 was known at once."""
    path = path_of((5, 5, STATUS, OPEN), (9, 20, STATUS, SOLVED))
    assert seen(path, "status", 10, 21) == [OPEN, SOLVED]


def test_sequence_decides_within_one_instant() -> None:
    """Of two changes of one instant the later in sequence stays, whichever is known first."""
    path = path_of((5, 9, STATUS, OPEN), (5, 6, STATUS, PENDING))
    assert seen(path, "status", 7, 10) == [PENDING, PENDING]


def test_states_do_not_disturb_each_other() -> None:
    """A new priority leaves status and group alone."""
    path = path_of((3, 3, STATUS, OPEN), (4, 4, PRIORITY, 9), group=2)
    assert [seen(path, c, 5)[0] for c in ("status", "group", "priority")] == [OPEN, 2, 9]


def test_since_is_when_the_state_became_visible() -> None:
    """A hand-over at 4, known at 6, counts from 6; setting the same group again changes nothing."""
    path = path_of((4, 6, GROUP, 1), (8, 8, GROUP, 1), group=0)
    rows = seen(path, "group_row", 1, 9)
    assert path.at[path.start[0] + np.array(rows)].tolist() == [0, 6]


def test_groups_are_counted_once_and_returns_each_time() -> None:
    """0 → 1 → 0 → nobody → 1: two groups, two returns."""
    path = path_of((1, 1, GROUP, 1), (2, 2, GROUP, 0), (3, 3, GROUP, -1), (4, 4, GROUP, 1), group=0)
    assert seen(path, "n_groups", 1, 2, 5) == [1, 2, 2]
    assert seen(path, "n_returns", 2, 3, 4, 5) == [0, 1, 1, 2]


def test_agents_are_counted_without_nobody() -> None:
    """Assigned to 3, to nobody, to 4: two agents."""
    path = path_of((1, 1, AGENT, 3), (2, 2, AGENT, -1), (3, 3, AGENT, 4))
    assert seen(path, "n_agents", 1, 2, 3, 4) == [0, 1, 1, 2]


def test_a_pause_is_an_entry_into_waiting() -> None:
    """Pending → on hold is one pause, and pending again after open a second one."""
    path = path_of((1, 1, STATUS, 2), (2, 2, STATUS, 3), (3, 3, STATUS, OPEN), (4, 4, STATUS, 2))
    assert seen(path, "n_pauses", 2, 3, 4, 5) == [1, 1, 1, 2]


def test_a_creation_known_late_does_not_undo_what_is_known() -> None:
    """Assigned at 2 and known at once, created at 0 and known at 5: the agent stays."""
    facts = StateFacts(
        first=np.array([0, 1]),
        occurred_at=np.array([2]),
        known_at=np.array([2]),
        sequence=np.array([1]),
        kind=np.array([AGENT], np.int8),
        code=np.array([3], np.int32),
        created_at=np.array([0]),
        created_known_at=np.array([5]),
        at_creation=np.array([[NEW, 1, -1, 7, -1]], np.int32),
    )
    path = build_path(facts)
    assert seen(path, "agent", 3, 6) == [3, 3]
    assert seen(path, "group", 3, 6) == [-1, 1]


@pytest.mark.parametrize(
    ("status", "unsolved", "waits"),
    [(-1, False, False), (0, True, False), (1, True, False), (2, True, True), (3, True, True),
     (4, False, False), (5, False, False)],
)  # fmt: skip
def test_what_a_status_means(status: int, unsolved: bool, waits: bool) -> None:  # noqa: FBT001  # expected values
    """New, open, pending and on hold are unsolved; the latter two wait."""
    assert (is_open(status), is_waiting(status)) == (unsolved, waits)
