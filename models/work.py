"""How much hands-on work a ticket still needs: averages, and trees where these are better."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from models.work_averages import (
    ASSUMED_MINUTES,
    LEAST_TICKETS,
    TARGETS,
    WORK_FEATURES,
    Averages,
    Minutes,
    Target,
    assumed_averages,
    average,
)
from models.work_trees import WorkTrees

__all__ = ["WorkEstimate", "WorkModel", "assumed_work", "fit_work_model"]


@dataclass(frozen=True)
class WorkEstimate:
    """One entry per asked ticket, in hands-on minutes of business time.

    ``remaining``: until it is solved. ``next_touch``: of the next touch alone. ``reply``: until
    the next public reply of an agent.
    """

    remaining: Minutes
    next_touch: Minutes
    reply: Minutes


@dataclass(frozen=True)
class WorkModel:
    """``averages`` answer wherever no ``trees`` (by target) were better on a later window.

    ``source`` is ``assumed`` where the log shows no agent at work; ``note`` says it in words.
    ``judged``: by target what the later window said, see `models.work_judge`.
    """

    source: Literal["touches", "assumed"]
    note: str
    averages: Averages
    trees: Mapping[Target, WorkTrees] = field(default_factory=dict)
    judged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What an estimate reads of a ticket."""
        asked = [name for trees in self.trees.values() for name in trees.encoder.names]
        return tuple(dict.fromkeys([*WORK_FEATURES, *asked]))

    def for_tickets(self, features: pd.DataFrame) -> WorkEstimate:
        """By the columns ``feature_names`` of the tickets' features, as of then."""
        group, assignments, replies = (features[name] for name in WORK_FEATURES)
        touches = np.maximum(assignments.to_numpy(np.float64), replies.to_numpy(np.float64))
        groups = [g if isinstance(g, str) else None for g in group]
        told = self.averages.estimate(groups, np.nan_to_num(touches))
        told |= {target: trees.estimate(features) for target, trees in self.trees.items()}
        return WorkEstimate(*(told[target] for target in TARGETS))

    def to_json(self) -> dict[str, Any]:
        """Everything but the trees' texts, which are files of their own."""
        return {
            "source": self.source,
            "note": self.note,
            "averages": self.averages.to_json(),
            "trees": {target: trees.to_json() for target, trees in sorted(self.trees.items())},
            "judged": {target: dict(figures) for target, figures in sorted(self.judged.items())},
        }

    def texts(self) -> dict[str, str]:
        """File name: LightGBM's text, two of each target that has trees."""
        return {
            f"work_{target}_{part}.txt": text
            for target, trees in sorted(self.trees.items())
            for part, text in (("mean", trees.mean), ("spread", trees.spread))
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, texts: Mapping[str, str]) -> Self:
        """The model of ``to_json`` and ``texts``; LightGBM parses nothing yet."""
        trees = {
            target: WorkTrees.from_json(
                about,
                mean=texts[f"work_{target}_mean.txt"],
                spread=texts[f"work_{target}_spread.txt"],
            )
            for target, about in value["trees"].items()
            if target in TARGETS
        }
        return cls(
            source=value["source"],
            note=value["note"],
            averages=Averages.from_json(value["averages"]),
            trees=trees,
            judged=value["judged"],
        )


def fit_work_model(touches: pd.DataFrame, *, solved: np.ndarray[Any, Any]) -> WorkModel:
    """Averages alone, over tickets that were solved before the cutoff.

    ``touches``: one row per touch that ended before the cutoff, in order of time within a
    ticket (see `models.touches`). ``solved``: the tickets whose work is over. Where the log
    has too few touches, every ticket is taken to need ASSUMED_MINUTES, and ``note`` says so.
    """
    timed = touches[touches["ticket"].isin(solved)]
    n_tickets = int(timed["ticket"].nunique())
    if n_tickets < LEAST_TICKETS:
        return assumed_work(
            f"the log times the work of {n_tickets} solved tickets (pick-up to release by the "
            f"same agent), {LEAST_TICKETS} are needed: {ASSUMED_MINUTES:.0f} minutes a ticket are "
            "assumed"
        )
    note = (
        f"averages of {len(timed)} touches of {n_tickets} solved tickets; a touch is the business "
        "time from pick-up to the last reply, note, pause, solution or hand-over by the same agent"
    )
    return WorkModel("touches", note, average(timed))


def assumed_work(note: str) -> WorkModel:
    """The same work for every ticket."""
    return WorkModel("assumed", note, assumed_averages())
