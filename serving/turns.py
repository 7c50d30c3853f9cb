"""The guard for old tickets: one pick in n goes to the oldest ticket nobody has worked on.

The list is made anew every few minutes, so its n-th place would never be reached. Pickups
(assignment or first touch) are therefore counted per group as they are observed. After
n - 1 of them the oldest unworked ticket stands on top until it is picked; then the count
starts again. A turn that was ignored is made up for once, not again and again.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

import pandas as pd

from serving.run import Turn


def count_pickups(
    turns: Iterable[Turn],
    pickups: pd.DataFrame,
    *,
    groups: Iterable[str],
    as_of: dt.datetime,
    every: int,
) -> dict[str, Turn]:
    """The count per group once the pickups known before ``as_of`` are added.

    ``pickups``: one row per observed pickup: group_id, ticket_id, known_at. ``groups``:
    those with open tickets. A group that was never counted starts at none as of now; so
    does one that was counted beyond ``as_of``.
    """
    known = {t.group_id: t for t in turns if t.counted_until <= as_of}
    counted = {
        group: _add(turn, pickups, as_of=as_of, every=every) for group, turn in known.items()
    }
    fresh = {g: Turn(g, 0, None, as_of) for g in groups if g not in counted}
    return dict(sorted((counted | fresh).items()))


def _add(turn: Turn, pickups: pd.DataFrame, *, as_of: dt.datetime, every: int) -> Turn:
    new = pickups[
        (pickups["group_id"] == turn.group_id)
        & (pickups["known_at"] >= turn.counted_until)
        & (pickups["known_at"] < as_of)
    ]
    n_pickups = turn.n_pickups + len(new)
    if turn.ticket_id is not None and (new["ticket_id"] == turn.ticket_id).any():
        return Turn(turn.group_id, min(n_pickups - every, every - 1), None, as_of)
    return Turn(turn.group_id, n_pickups, turn.ticket_id, as_of)


def give_turns(
    counts: Mapping[str, Turn], unworked: pd.DataFrame, *, as_of: dt.datetime, every: int
) -> tuple[Turn, ...]:
    """The turns with the ticket that is on top in each group whose turn is due.

    ``unworked``: one row per open ticket that nobody has worked on and that may be
    promoted: group_id, ticket_id, created_at.
    """
    ordered = unworked.sort_values(["created_at", "ticket_id"], kind="stable")
    oldest = ordered.dropna(subset=["group_id"]).groupby("group_id")["ticket_id"].first().to_dict()
    return tuple(
        Turn(
            group,
            turn.n_pickups,
            oldest.get(group) if turn.n_pickups >= every - 1 else None,
            as_of,
        )
        for group, turn in sorted(counts.items())
    )
