"""Why a ticket stands where it stands, in words for people who will act on it.

The clock's own fact comes first. Then the facts that moved the prediction most, in the words
of PHRASES; without a model the same phrases, in the order of that table.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from serving.phrases import PHRASES, Phrase
from serving.words import percent, sentence, service_time

MOST_PHRASES = 3
LEAST_CONTRIBUTION = 0.05
"""Log-odds below which a fact did not move the prediction."""

_AWAITED = {
    "first_response": "first reply", "next_response": "reply", "periodic_update": "next update",
    "ownership": "hand-over", "answer": "answer",
}  # fmt: skip
"""What a clock waits for, where that is not the solution."""


def explain(
    rows: pd.DataFrame, features: pd.DataFrame, contributions: pd.DataFrame | None
) -> list[list[str]]:
    """The reasons for each row, the clock's fact first.

    ``rows``: tickets of the queue with placed_by, is_unworked, and state, metric, is_breached,
    remaining_seconds and target_seconds of their next clock. ``features``: of that clock, one
    row each, in the same order. ``contributions``: log-odds by feature in the same order; rows
    of NaN, or None, where there is no prediction.
    """
    known = [phrase for phrase in PHRASES if phrase.feature in features.columns]
    names = [phrase.feature for phrase in known]
    values = features.astype(object).to_dict("records")
    added = _added(contributions, names, len(rows))
    found = zip(rows.to_dict("records"), values, added, strict=True)
    return [
        clock_facts(row) + _phrases(known, facts | row, weights) for row, facts, weights in found
    ]


def clock_facts(row: Mapping[Any, Any]) -> list[str]:
    """What the guards and the clock say by themselves.

    >>> clock_facts({"placed_by": "turn", "metric": "resolution", "state": "running",
    ...              "is_breached": False, "remaining_seconds": 2592.0, "target_seconds": 28800.0})
    ['longest untouched in its group', '9 % of its time left']
    """
    placed = {"top_priority": ["top priority"], "turn": ["longest untouched in its group"]}
    said = list(placed.get(str(row["placed_by"]), []))
    what = _AWAITED.get(str(row["metric"]))
    if row["is_breached"]:
        what = "late" if what is None else f"{what} late"
        return [*said, f"{what} by {service_time(row['remaining_seconds'])} of service time"]
    if row["target_seconds"] > 0:
        left = percent(max(row["remaining_seconds"], 0.0) / row["target_seconds"])
        said.append(f"{left} of its time {'' if what is None else f'to the {what} '}left")
    if row["state"] == "paused":
        said.append("its clock is paused")
    return said


def also_said(
    queue: pd.DataFrame, words: Sequence[str | None], *, in_front: bool = False
) -> pd.DataFrame:
    """The queue with further words behind, or before, the reasons of each row that has any."""
    reasons, reason = queue["reasons"].tolist(), queue["reason"].tolist()
    for row, more in enumerate(words):
        if more is not None:
            place = 0 if in_front else len(reasons[row])
            reasons[row] = [*reasons[row][:place], more, *reasons[row][place:]]
            reason[row] = sentence([more, reason[row]] if in_front else [reason[row], more])
    return queue.assign(
        reasons=pd.Series(reasons, queue.index, dtype=object),
        reason=pd.Series(reason, queue.index, dtype="str"),
    )


def _added(
    contributions: pd.DataFrame | None, names: Sequence[str], n: int
) -> list[dict[str, float] | None]:
    if contributions is None:
        return [None] * n
    known = contributions.reindex(columns=list(names)).fillna(0.0)
    has_any = contributions.notna().any(axis=1)
    records: list[dict[str, float]] = known.to_dict("records")  # type: ignore[assignment]
    return [row if has else None for row, has in zip(records, has_any, strict=True)]


def _phrases(
    known: Sequence[Phrase], facts: Mapping[Any, Any], weights: Mapping[str, float] | None
) -> list[str]:
    """The words for the facts that count most; an order of their own where nothing is weighed."""
    ordered = list(known)
    if weights is not None:
        ordered = [p for p in known if weights[p.feature] >= LEAST_CONTRIBUTION]
        ordered.sort(key=lambda phrase: -weights[phrase.feature])
    said: list[str] = []
    for phrase in ordered:
        value = facts[phrase.feature]
        words = None if value is None or value != value else phrase.say(value, facts)  # noqa: PLR0124 - NaN
        if words is not None and words not in said:
            said.append(words)
        if len(said) == MOST_PHRASES:
            break
    return said
