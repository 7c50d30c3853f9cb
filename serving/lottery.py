"""Randomised picks: for few tickets a coin decides whether they are acted upon out of turn.

Who acts where the model warns cannot tell what acting did: those tickets differ from the others.
So a small share of new tickets enters a lottery, and half of these, by chance, stand in front
until somebody takes them; the other half is left to the usual order. Arm and chance are logged
with the scores, and what became of both arms is compared (``models.off_policy``).

Everything comes from the seed, the run's id and the ticket's id: drawn again it is the same. A
ticket is drawn once, when it first appears in a queue, and keeps its arm while it is open, also
where that queue is undone: so no ticket is drawn whose score was logged before without one.
"""

import hashlib

import numpy as np
import pandas as pd

from forewarn.config.watching import InterventionsConfig
from models.interventions import ACT, WAIT
from serving.former import FormerOrder

PROPENSITY = 0.5
"""The chance that the lottery says act: a fair coin tells most from few tickets."""


def draw_lots(
    tickets: pd.DataFrame,
    former: FormerOrder | None,
    *,
    run_id: int,
    settings: InterventionsConfig,
    may_draw: bool,
) -> pd.DataFrame:
    """The tickets with ``arm`` (act, wait; null: in no lottery) and ``propensity``.

    ``may_draw``: new tickets too; otherwise those that have an arm keep it, and no more.
    ``tickets``: placed, with is_unworked. Those whose arm says act stand in front
    (``placed_by`` random) while nobody has taken them and they can still be met.
    """
    may = (tickets["placed_by"] == "value") & tickets["is_unworked"] & tickets["is_live"]
    known = _known(former)
    arms = [
        known[ticket]
        if ticket in known
        else _drawn(ticket, run_id, settings)
        if free and may_draw
        else None
        for ticket, free in zip(tickets["ticket_id"], may, strict=True)
    ]
    arm = pd.Series(arms, tickets.index, dtype=object)
    is_in = arm.notna()
    return tickets.assign(
        arm=arm.where(is_in, None),
        propensity=np.where(is_in, PROPENSITY, np.nan),
        placed_by=tickets["placed_by"].mask(may & (arm == ACT), "random"),
    )


def _known(former: FormerOrder | None) -> dict[str, str | None]:
    """The arm of every ticket that stands in the shown queue, or stood in one undone since."""
    if former is None:
        return {}
    shown = dict(zip(former.rows["ticket_id"], former.rows["arm"], strict=True))
    return {**former.undone_arms, **shown}


def _drawn(ticket_id: str, run_id: int, settings: InterventionsConfig) -> str | None:
    """The arm of a ticket that is new; null where it is in no lottery.

    >>> settings = InterventionsConfig(randomised=0.03, seed=1)
    >>> [_drawn(f"T{i}", 1, settings) for i in (1, 31, 186)]
    [None, 'wait', 'act']
    """
    digest = hashlib.sha256(f"{settings.seed}:{run_id}:{ticket_id}".encode()).digest()
    enters, coin = (int.from_bytes(digest[i : i + 8]) / 2**64 for i in (0, 8))
    if enters >= settings.randomised:
        return None
    return ACT if coin < PROPENSITY else WAIT


def lot_words(queue: pd.DataFrame) -> list[str | None]:
    """What each ticket says of the lottery that it is in; null for none."""
    return [_words(*row) for row in zip(queue["arm"], queue["placed_by"], strict=True)]


def _words(arm: object, placed_by: str) -> str | None:
    chance = f"chance {PROPENSITY:.0%}".replace("%", " %")
    if placed_by == "random":
        return f"picked by a lottery ({chance}), to learn what acting does"
    if arm == WAIT:
        return f"left to the usual order by a lottery ({chance})"
    return None
