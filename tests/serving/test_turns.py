"""The guard that gives every twentieth pick to the oldest unworked ticket."""

import datetime as dt

import pandas as pd

from serving.run import Turn
from serving.turns import count_pickups, give_turns

AT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def minute(n: int) -> dt.datetime:
    """The instant ``n`` minutes after nine."""
    return AT + dt.timedelta(minutes=n)


def picks(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Pickups as group, ticket and minute."""
    return pd.DataFrame(
        [(group, ticket, minute(at)) for group, ticket, at in rows],
        columns=["group_id", "ticket_id", "known_at"],
    )


def waiting(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Unworked tickets as group, ticket and minute of creation."""
    return pd.DataFrame(
        [(group, ticket, minute(at)) for group, ticket, at in rows],
        columns=["group_id", "ticket_id", "created_at"],
    )


def test_counting_starts_with_the_first_run() -> None:
    """A group that was never counted starts at none: old pickups do not count."""
    counts = count_pickups((), picks(("net", "A", 0)), groups=["net"], as_of=minute(5), every=20)
    assert counts == {"net": Turn("net", 0, None, minute(5))}


def test_each_pickup_counts_once() -> None:
    """Of pickups before, at and after the last count and now, those in between are added."""
    before = Turn("net", 3, None, minute(10))
    pickups = picks(("net", "A", 9), ("net", "B", 10), ("net", "C", 14), ("net", "D", 15))
    counts = count_pickups([before], pickups, groups=["net"], as_of=minute(15), every=20)
    assert counts["net"] == Turn("net", 5, None, minute(15))


def test_other_groups_do_not_count() -> None:
    """Pickups of one group leave the count of another alone."""
    before = Turn("net", 3, None, minute(0))
    pickups = picks(("mail", "A", 1))
    counts = count_pickups([before], pickups, groups=["mail", "net"], as_of=minute(5), every=20)
    assert counts["net"].n_pickups == 3


def test_turn_comes_with_the_nineteenth_pickup() -> None:
    """After 18 pickups nobody is promoted; after 19 the oldest unworked ticket is."""
    tickets = waiting(("net", "B", 2), ("net", "A", 7), ("mail", "C", 0))
    for n_pickups, promoted in ((18, None), (19, "B")):
        counts = {"net": Turn("net", n_pickups, None, minute(9))}
        assert give_turns(counts, tickets, as_of=minute(9), every=20) == (
            Turn("net", n_pickups, promoted, minute(9)),
        )


def test_equally_old_tickets_are_taken_by_id() -> None:
    """Two tickets of one instant: the smaller id is promoted."""
    counts = {"net": Turn("net", 19, None, minute(9))}
    turns = give_turns(counts, waiting(("net", "B", 2), ("net", "A", 2)), as_of=minute(9), every=20)
    assert turns[0].ticket_id == "A"


def test_picking_the_promoted_ticket_ends_its_turn() -> None:
    """19 counted, then the promoted ticket and two more are picked: the next count is 2."""
    before = Turn("net", 19, "B", minute(0))
    pickups = picks(("net", "X", 1), ("net", "B", 2), ("net", "Y", 3))
    counts = count_pickups([before], pickups, groups=["net"], as_of=minute(5), every=20)
    assert counts["net"] == Turn("net", 2, None, minute(5))


def test_an_ignored_turn_stays() -> None:
    """While others are picked instead, the turn remains due and the count goes on."""
    before = Turn("net", 19, "B", minute(0))
    counts = count_pickups([before], picks(("net", "X", 1)), groups=[], as_of=minute(5), every=20)
    turns = give_turns(counts, waiting(("net", "B", -9)), as_of=minute(5), every=20)
    assert turns == (Turn("net", 20, "B", minute(5)),)


def test_missed_turns_are_made_up_for_once() -> None:
    """After 100 picks that ignored the turn only one further turn follows, not five."""
    before = Turn("net", 100, "B", minute(0))
    counts = count_pickups([before], picks(("net", "B", 1)), groups=[], as_of=minute(5), every=20)
    assert counts["net"].n_pickups == 19
    after = Turn("net", 19, "C", minute(5))
    counts = count_pickups([after], picks(("net", "C", 6)), groups=[], as_of=minute(9), every=20)
    assert counts["net"].n_pickups == 0


def test_no_unworked_ticket_leaves_the_turn_due() -> None:
    """Where nothing is unworked nobody is promoted, and the turn waits for the next one."""
    counts = {"net": Turn("net", 25, None, minute(9))}
    assert give_turns(counts, waiting(), as_of=minute(9), every=20)[0].ticket_id is None


def test_scoring_the_past_starts_over() -> None:
    """A count that reaches beyond as_of is not used: it knows what is not known yet."""
    counts = count_pickups(
        [Turn("net", 7, None, minute(60))], picks(), groups=["net"], as_of=minute(5), every=20
    )
    assert counts["net"] == Turn("net", 0, None, minute(5))


def test_twentieth_pick_in_the_long_run() -> None:
    """A desk that always picks the top of its list works on the oldest in 5 of 100 picks."""
    turns: tuple[Turn, ...] = ()
    promoted, tickets = 0, [("net", f"T{i:03}", i - 1000) for i in range(200)]
    for run in range(102):
        by_turn = turns[0].ticket_id if turns else None
        picked = by_turn or tickets[-1][1]  # otherwise the newest: the oldest would starve
        promoted += by_turn is not None
        tickets = [t for t in tickets if t[1] != picked]
        pickups = picks(("net", picked, run)) if run else picks()
        counts = count_pickups(turns, pickups, groups=["net"], as_of=minute(run + 1), every=20)
        turns = give_turns(counts, waiting(*tickets), as_of=minute(run + 1), every=20)
    assert promoted == 5
