"""No thrash: bounded moves, no needless overtaking, rest in the end; and who is never held."""

import math
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from serving.order import order_queue
from serving.steady import Steady, steady_order

AT = pd.Timestamp("2026-03-02 09:00", tz="UTC")


def steadied(former: str, worth: dict[str, float], *, moves: int | None, margin: float = 0) -> str:
    """The tickets, letters, in their final order; those of ``worth`` that are new are free."""
    wanted = sorted(worth, key=lambda ticket: -worth[ticket])
    place = [float(former.index(t)) if t in former else math.nan for t in wanted]
    urgency = np.array([worth[t] for t in wanted])
    order = steady_order(urgency, np.array(place), moves=moves, margin=margin)
    return "".join(wanted[i] for i in order)


REVERSED = {"A": 1.0, "B": 2.0, "C": 3.0, "D": 4.0, "E": 5.0}


def test_a_reversed_queue_turns_in_steps() -> None:
    """One place per run: A B C D E becomes B A D C E, then by and by E D C B A."""
    seen = ["ABCDE"]
    while seen[-1] != "EDCBA":
        seen.append(steadied(seen[-1], REVERSED, moves=1))
    assert seen == ["ABCDE", "BADCE", "BDAEC", "DBEAC", "DEBCA", "EDCBA"]


def test_without_a_bound_it_turns_at_once() -> None:
    """No bound on moves and no margin: the order by value."""
    assert steadied("ABCDE", REVERSED, moves=None) == "EDCBA"


def test_who_is_worth_a_little_more_does_not_overtake() -> None:
    """With a margin of 1.5, B (1 more than A) stays behind it, C (2 more) does not."""
    assert steadied("ABC", {"A": 1.0, "B": 2.0, "C": 0.5}, moves=None, margin=1.5) == "ABC"
    assert steadied("ABC", {"A": 1.0, "B": 2.0, "C": 3.0}, moves=None, margin=1.5) == "CAB"


def test_a_chain_of_small_steps_does_not_hide_a_large_one() -> None:
    """Each is worth 1 more than the one before: E, worth 4 more than A, is in front at once."""
    assert steadied("ABCDE", REVERSED, moves=None, margin=1.5)[0] == "E"


def test_what_is_new_goes_where_its_value_puts_it() -> None:
    """X in front of all it is worth more than, while E still rises by one place a run."""
    assert steadied("ABCDE", {**REVERSED, "X": 4.5}, moves=1) == "XBADCE"
    assert steadied("ABCDE", {**REVERSED, "X": 0.0}, moves=1) == "BADCEX"


def test_what_cannot_be_saved_stays_where_it_was() -> None:
    """Tickets worth nothing keep their former order, behind all others in the end."""
    worth = {"A": -math.inf, "B": -math.inf, "C": 1.0}
    assert steadied("BAC", worth, moves=None, margin=0.1) == "CBA"


def desk(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Tickets as id, placed_by and urgency."""
    frame = pd.DataFrame(rows, columns=["ticket_id", "placed_by", "urgency"])
    kept = {"top_priority": "ranked", "turn": "ranked", "value": "ranked"}
    listed = frame["placed_by"].map(lambda placed: kept.get(placed, placed))
    return frame.assign(created_at=AT, next_due_at=AT, list=listed)


def test_guards_and_lists_are_never_held() -> None:
    """Top priority, turn and lost ones stand where they belong, wherever they stood before."""
    tickets = desk(
        ("V1", "value", 1.0), ("TOP", "top_priority", 0.0), ("LOST", "lost", 9.0),
        ("V2", "value", 2.0), ("OLD", "turn", 0.0),
    )  # fmt: skip
    place = pd.Series([1.0, 5.0, 2.0, 4.0, 3.0])
    queue = order_queue(tickets, steady=Steady(place, 1, 0.0))
    assert queue["ticket_id"].tolist() == ["TOP", "OLD", "V2", "V1", "LOST"]
    held = order_queue(tickets, steady=Steady(place, 1, 5.0))
    assert held["ticket_id"].tolist() == ["TOP", "OLD", "V1", "V2", "LOST"]
    assert held["free_position"].tolist() == [1, 2, 4, 3, 5]
    assert held["position"].tolist() == [1, 2, 3, 4, 5]


PLACED = ("top_priority", "turn", "random", "value", "lost", "waiting", "child")
desks = st.lists(
    st.tuples(
        st.sampled_from([*PLACED, "value", "value", "value"]),
        st.sampled_from([0.0, 0.4, 1.0, 3.0, -math.inf]),
        st.booleans(),
        st.integers(0, 99),
    ),
    min_size=1,
    max_size=30,
)


@given(rows=desks, moves=st.integers(1, 4), margin=st.sampled_from([0.0, 0.5]))
def test_guards_stand_above_the_bound_and_the_rest_keep_it(
    rows: Any, moves: int, margin: float
) -> None:
    """Top priority first, by value, then turns, whoever is held; a held one moves as allowed.

    Those to which something happened are free; so are all that a guard or a list places.
    """
    tickets = desk(*((f"T{i:02}", placed, worth) for i, (placed, worth, _, _) in enumerate(rows)))
    held = [placed == "value" and stays for placed, _, stays, _ in rows]
    place = pd.Series([n + i / 100 for i, (*_, n) in enumerate(rows)]).where(held)
    queue = order_queue(tickets, steady=Steady(place, moves, margin))
    blocks = [PLACED.index(placed) for placed in queue["placed_by"]]
    assert blocks == sorted(blocks)
    top = queue.loc[queue["placed_by"] == "top_priority", "urgency"].tolist()
    assert top == sorted(top, reverse=True)
    before = [f"T{i:02}" for i in place.dropna().sort_values().index]
    after = [ticket for ticket in queue["ticket_id"] if ticket in set(before)]
    moved = [abs(before.index(ticket) - after.index(ticket)) for ticket in before]
    assert max(moved, default=0) <= moves
    again = order_queue(tickets.iloc[::-1], steady=Steady(place, moves, margin))
    assert again["ticket_id"].tolist() == queue["ticket_id"].tolist()


orders = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.permutations(range(n)),
        st.lists(st.sampled_from([0.0, 0.4, 1.0, 3.0, -math.inf]), min_size=n, max_size=n),
        st.integers(1, 6),
        st.sampled_from([0.0, 0.5]),
    )
)


def settled(drawn: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Urgency in falling order, former places, and what became of them."""
    former, worth, moves, margin = drawn
    urgency = np.array(sorted(worth, reverse=True))
    place = np.array(former, np.float64)
    return urgency, place, steady_order(urgency, place, moves=moves, margin=margin)


@given(drawn=orders)
def test_nobody_moves_further_than_allowed(drawn: Any) -> None:
    """Every ticket is there once, at most ``moves`` places from where it stood."""
    _, place, order = settled(drawn)
    assert sorted(order) == list(range(len(place)))
    assert np.abs(place[order] - np.arange(len(place))).max() <= drawn[2]


@given(drawn=orders)
def test_pairs_change_only_towards_their_value(drawn: Any) -> None:
    """Whoever overtakes comes earlier by value."""
    _, place, order = settled(drawn)
    now = np.argsort(order)
    for i in range(len(place)):
        for j in range(i):  # j comes before i by value
            assert now[j] < now[i] or place[j] > place[i]


@given(drawn=orders)
def test_it_comes_to_rest(drawn: Any) -> None:
    """With equal values the order rests, within as many runs as there are pairs.

    Then nobody within reach is worth more than the one in front of him by more than the margin.
    """
    former, _, moves, margin = drawn
    urgency, place, order = settled(drawn)
    for _ in range(len(former) * (len(former) - 1) // 2 + 1):
        was, place = place, np.argsort(order).astype(np.float64)
        order = steady_order(urgency, place, moves=moves, margin=margin)
    np.testing.assert_array_equal(was, place)
    for k, ticket in enumerate(order):
        assert urgency[order[k : k + moves + 1]].max() <= urgency[ticket] + margin


@given(drawn=orders, more=st.lists(st.sampled_from([0.0, 2.0, 5.0]), min_size=1, max_size=5))
def test_who_is_free_stands_in_front_of_all_that_follows_in_worth(drawn: Any, more: Any) -> None:
    """A free ticket is never behind one that is worth less, whatever holds the others."""
    former, worth, moves, margin = drawn
    every = [(w, float(p)) for w, p in zip(worth, former, strict=True)]
    every = sorted([*every, *((w, math.nan) for w in more)], key=lambda pair: -pair[0])
    urgency, place = (np.array(column) for column in zip(*every, strict=True))
    order = steady_order(urgency, place, moves=moves, margin=margin)
    for k, ticket in enumerate(order):
        if np.isnan(place[ticket]):
            assert (urgency[order[:k]] >= urgency[ticket]).all()
