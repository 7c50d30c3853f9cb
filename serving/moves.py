"""What another order would change: tickets that move, come and go, against the shown one."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

Row = dict[str, Any]


def compare_orders(shown: pd.DataFrame | None, queue: pd.DataFrame) -> list[Row]:
    """One row per ticket that moves, changes its list, comes or goes; in the new order, those
    that go last.

    ``shown``: ticket_id, position and list of the order that is shown; None where there is none.
    ``queue``: of the run that would be published. Of each row ticket_id, position_before and
    list_before (null: it comes), position_after and list_after (null: it goes), places (moved up
    among the tickets that stay, so that nobody moves because another one came or went; null
    for those that come or go), placed_by and reason.
    """
    before = [] if shown is None else list(_rows(shown.sort_values("position")))
    after = list(_rows(queue))
    was = {row["ticket_id"]: row for row in before}
    staying = {row["ticket_id"] for row in after} & set(was)
    old_rank, new_rank = (_ranks(rows, staying) for rows in (before, after))
    rows = [_move(was.pop(new["ticket_id"], None), new) for new in after]
    rows += [_move(old, None) for old in was.values()]
    for row in rows:
        if row["ticket_id"] in staying:
            row["places"] = old_rank[row["ticket_id"]] - new_rank[row["ticket_id"]]
    return [row for row in rows if row["places"] != 0 or row["list_before"] != row["list_after"]]


def _ranks(rows: list[Row], staying: set[str]) -> dict[str, int]:
    ids = [row["ticket_id"] for row in rows if row["ticket_id"] in staying]
    return {ticket: rank for rank, ticket in enumerate(ids)}


def _rows(frame: pd.DataFrame) -> Iterable[Row]:
    names = [str(name) for name in frame.columns]
    return (dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False, name=None))


def _move(old: Row | None, new: Row | None) -> Row:
    before = None if old is None else int(old["position"])
    after = None if new is None else int(new["position"])
    known: Row = new or old or {}
    return {
        "ticket_id": known["ticket_id"],
        "position_before": before,
        "position_after": after,
        "places": None,
        "list_before": None if old is None else old["list"],
        "list_after": None if new is None else new["list"],
        "placed_by": None if new is None else new["placed_by"],
        "reason": None if new is None else new["reason"],
    }
