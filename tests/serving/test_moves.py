"""What another order would change."""

import pandas as pd

from serving.moves import compare_orders


def order(*rows: tuple[str, str]) -> pd.DataFrame:
    """Tickets with their list, in order."""
    frame = pd.DataFrame(rows, columns=["ticket_id", "list"])
    return frame.assign(position=range(1, len(frame) + 1), placed_by="value", reason="why")


def test_moves_arrivals_and_departures() -> None:
    """C rises by one, B is lost, N is new, D goes; A stays and is not told."""
    shown = order(("A", "ranked"), ("B", "ranked"), ("D", "ranked"), ("C", "ranked"))
    after = order(("A", "ranked"), ("C", "ranked"), ("N", "ranked"), ("B", "lost"))
    rows = compare_orders(shown, after)
    told = [
        tuple(row[name] for name in ("ticket_id", "position_before", "position_after", "places"))
        for row in rows
    ]
    assert told == [("C", 4, 2, 1), ("N", None, 3, None), ("B", 2, 4, -1), ("D", 3, None, None)]
    assert (rows[2]["list_before"], rows[2]["list_after"]) == ("ranked", "lost")
    assert (rows[3]["list_after"], rows[3]["reason"]) == (None, None)


def test_nobody_moves_because_another_one_goes() -> None:
    """A goes: B and C are in front of each other as before."""
    shown = order(("A", "ranked"), ("B", "ranked"), ("C", "ranked"))
    (row,) = compare_orders(shown, order(("B", "ranked"), ("C", "ranked")))
    assert (row["ticket_id"], row["list_after"]) == ("A", None)


def test_a_list_that_changes_in_the_same_place_is_told() -> None:
    """The only ticket is lost now."""
    (row,) = compare_orders(order(("A", "ranked")), order(("A", "lost")))
    assert (row["places"], row["list_before"], row["list_after"]) == (0, "ranked", "lost")


def test_the_same_order_changes_nothing() -> None:
    """No row; against no order at all every ticket is new."""
    one = order(("A", "ranked"), ("B", "waiting"))
    assert compare_orders(one, one) == []
    assert [row["position_before"] for row in compare_orders(None, one)] == [None, None]
