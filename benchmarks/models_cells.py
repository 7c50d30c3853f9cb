"""Cells: data set, landmark and figure; whether ours is first in them, or within noise of it.

Ours is compared with one peer per cell: the one whose figure was best on the validation window,
before the test. Nobody can pick the luckiest of thirty on the test itself. Which one that was is
told beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.bootstrap import Interval, interval
from models.evaluation_scored import OURS
from models.evaluation_tables import BETTER_HIGH, Replicates, macro
from models.metrics import STATISTICS

FIGURES = STATISTICS[:3]
"""AUC, average precision and Brier score: the figures that have cells."""
Verdict = Literal["first", "within noise", "behind"]
Table = Mapping[str, Replicates]
"""Landmark, or ``all``: by model the figures of each resample (columns as STATISTICS)."""


@dataclass(frozen=True)
class Cell:
    """``difference``: ours less the peer's, paired. ``best``: who was best on the test itself."""

    name: str
    landmark: str
    figure: str
    peer: str
    ours: float
    theirs: float
    difference: Interval
    verdict: Verdict
    best: str
    best_value: float


def cells(name: str, test: Table, validation: Table) -> list[Cell]:
    """One per landmark and figure that the test can give; none where ours is missing."""
    found = []
    for landmark in (key for key in test if key != "all"):
        for i, figure in enumerate(FIGURES):
            peer = best_peer(validation, landmark, figure)
            at = test[landmark]
            if OURS in at and peer in at and np.isfinite(at[OURS][0, i]):
                found.append(_cell(name, landmark, i, at, peer))
    return found


def best_peer(table: Table, landmark: str, figure: str) -> str:
    """Whose figure is best there; by the mean over landmarks where that one has no figure."""
    for at in (table.get(landmark, {}), macro(table)):
        i = STATISTICS.index(figure)
        values = {m: float(rows[0, i]) for m, rows in at.items() if m != OURS}
        values = {m: value for m, value in values.items() if np.isfinite(value)}
        if values:
            choose = max if figure in BETTER_HIGH else min
            return choose(sorted(values), key=values.__getitem__)
    raise ValueError(f"no peer has a {figure} on the validation window")


def share_first(found: Sequence[Cell]) -> float:
    """The share of the cells in which ours is first or within noise."""
    return float(np.mean([cell.verdict != "behind" for cell in found])) if found else float("nan")


def judge_difference(difference: Interval, *, figure: str) -> Verdict:
    """First where ours is at least as good; behind where the interval leaves out zero.

    >>> judge_difference({"value": -0.01, "low": -0.03, "high": 0.01}, figure="auc")
    'within noise'
    >>> judge_difference({"value": -0.01, "low": -0.03, "high": 0.01}, figure="brier")
    'first'
    """
    value, low, high = (difference[key] for key in ("value", "low", "high"))
    assert value is not None
    assert low is not None
    assert high is not None
    if figure not in BETTER_HIGH:
        value, high = -value, -low
    return "first" if value >= 0 else "within noise" if high >= 0 else "behind"


def _cell(name: str, landmark: str, i: int, at: Replicates, peer: str) -> Cell:
    figure = FIGURES[i]
    difference = interval(at[OURS][:, i] - at[peer][:, i])
    best = best_peer({landmark: at}, landmark, figure)
    return Cell(
        name=name,
        landmark=landmark,
        figure=figure,
        peer=peer,
        ours=float(at[OURS][0, i]),
        theirs=float(at[peer][0, i]),
        difference=difference,
        verdict=judge_difference(difference, figure=figure),
        best=best,
        best_value=float(at[best][0, i]),
    )
