"""What every ticket of a queue says: in one sentence why it stands where it stands.

In front comes what makes it an item of its own kind (a lottery, an incident), then the clock's
fact and what moved the prediction, then whom it is for, its internal target, its way.
"""

import pandas as pd

from models.bundle import ModelBundle
from serving.desk import Desk
from serving.helps import what_helps
from serving.incidents import item_words
from serving.lottery import lot_words
from serving.own_targets import tightest
from serving.phrases import COMPANIONS, PHRASES
from serving.predict import contributions
from serving.reasons import also_said, clock_facts, explain
from serving.steady import Steady
from serving.words import sentence

_PHRASES_IN_A_SENTENCE = 3
_CLOCK_FACTS = ["metric", "state", "is_breached", "remaining_seconds", "target_seconds"]


def tell(
    queue: pd.DataFrame, desk: Desk, bundle: ModelBundle | None, *, steady: Steady, n: int
) -> pd.DataFrame:
    """The ordered queue with ``reasons``, ``reason`` and ``tightened_by``; the first ``n`` in full.

    ``tightened_by``: the rule of its internal target; null for none.
    """
    queue = _with_reasons(queue, desk, bundle, n=n)
    queue = also_said(queue, item_words(queue), in_front=True)
    queue = also_said(queue, lot_words(queue), in_front=True)
    queue = also_said(queue, _who_tells(queue))
    return _with_holds(_with_targets(queue, desk), steady)


def _who_tells(queue: pd.DataFrame) -> list[str | None]:
    """Of each lost ticket who should tell the customer, as far as known."""
    return [
        f"{owner} should tell the customer" if listed == "lost" and isinstance(owner, str) else None
        for listed, owner in zip(queue["list"], queue["owner"], strict=True)
    ]


def _with_targets(queue: pd.DataFrame, desk: Desk) -> pd.DataFrame:
    """The queue with ``tightened_by``, the rule of an internal target, and words for it."""
    found = tightest(desk).reindex(queue["ticket_id"])
    by, words = (_texts(found[name]) for name in ("tightened_by", "internal_words"))
    return also_said(queue.assign(tightened_by=pd.Series(by, queue.index, dtype=object)), words)


def _texts(column: pd.Series) -> list[str | None]:
    return [value if isinstance(value, str) else None for value in column]


def _with_holds(queue: pd.DataFrame, steady: Steady) -> pd.DataFrame:
    """The queue, where the bound on moves keeps a ticket far from its place by value, said so."""
    if steady.moves is None:
        return queue
    far = (queue["position"] - queue["free_position"]).abs() >= steady.moves
    is_far = far & queue["is_held"]
    places = zip(is_far, queue["free_position"], strict=True)
    return also_said(queue, [f"on its way to place {n}" if held else None for held, n in places])


def _with_reasons(
    queue: pd.DataFrame, desk: Desk, bundle: ModelBundle | None, *, n: int
) -> pd.DataFrame:
    """The queue with ``reasons`` and ``reason``: in full for the first ``n`` rows.

    The others tell what their clock says.
    """
    next_clocks = desk.clocks.loc[queue["next_clock"], _CLOCK_FACTS].reset_index(drop=True)
    rows = queue[["placed_by", "is_unworked"]].join(next_clocks)
    top = pd.Index(queue["next_clock"].head(n))
    added = None if bundle is None else contributions(bundle, desk, top)
    said = explain(rows.head(n), desk.features.loc[top], added)
    if bundle is not None:
        helps = what_helps(bundle, desk, top)
        said = [
            [*of_row, *([h] if isinstance(h, str) else [])]
            for of_row, h in zip(said, helps, strict=True)
        ]
    said += [clock_facts(row) for row in rows.iloc[len(said) :].to_dict("records")]
    reasons = pd.Series(said, index=queue.index, dtype=object)
    short = [sentence(all_said[:_PHRASES_IN_A_SENTENCE]) for all_said in said]
    return queue.assign(reasons=reasons, reason=pd.Series(short, queue.index, dtype="str"))


def reason_features() -> list[str]:
    """Features that reasons speak of, or compare with."""
    return [*(phrase.feature for phrase in PHRASES), *COMPANIONS]
