"""What would lower the risk of an open clock: somebody takes the ticket, or answers it.

The model is asked again as if that had happened just now. It says what became of tickets on
which it had happened, which is more than the act itself: whoever picks tickets by hand picks
with reason. So it is told only where the difference is large, and never turned round into
"this raises the risk".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from models.bundle import ModelBundle
from serving.desk import Desk
from serving.words import percent

LEAST_GAIN = 0.1
"""Of the probability; less is within the model's own error."""
_ADDED = {
    "assign": ("ticket_assignments", "ticket_events", "ticket_events_24h"),
    "reply": ("ticket_agent_replies", "ticket_events", "ticket_events_24h"),
}
_ZEROED = {
    "assign": ("ticket_agent_hours", "ticket_idle_hours"),
    "reply": ("ticket_agent_reply_hours", "ticket_idle_hours", "ticket_unanswered"),
}
_MISSING = {"assign": (), "reply": ("ticket_unanswered_hours",)}


@dataclass(frozen=True)
class Step:
    """Something that can be done about a ticket. ``applies``: to which, by their features."""

    name: str
    words: str
    applies: Callable[[pd.DataFrame], "np.ndarray[tuple[int], np.dtype[np.bool_]]"]


def _unassigned(features: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    return (features["ticket_assignments"] == 0).to_numpy()


def _unreplied(features: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    waits = features["ticket_unanswered"] > 0 if "ticket_unanswered" in features else False
    return np.asarray((features["ticket_agent_replies"] == 0) | waits)


STEPS: Mapping[str, Step] = {
    "ticket_assignments": Step("assign", "if somebody took it now", _unassigned),
    "ticket_agent_replies": Step("reply", "if it were answered now", _unreplied),
}
"""By the feature without which the model knows nothing of the step."""


def what_helps(bundle: ModelBundle, desk: Desk, clocks: pd.Index) -> "pd.Series[str]":
    """Per clock of these labels the step that lowers its risk most, in words; null where none.

    A step that itself meets the clock (an answer, where a reply is awaited) needs no model and
    is not told. Nothing is said of a clock that is breached, or of a model that knows no step.
    """
    said = pd.Series([None] * len(clocks), index=clocks, dtype=object)
    asked = desk.clocks.loc[clocks]
    for metric, model in bundle.models.items():
        rows = asked.index[(asked["metric"] == metric) & ~asked["is_breached"]]
        features = desk.features.loc[rows, list(bundle.feature_names)]
        best = pd.Series(LEAST_GAIN, index=rows)
        for needed, step in STEPS.items():
            is_met = step.name == "reply" and metric != "resolution"
            if is_met or needed not in model.feature_names:
                continue
            may = features[step.applies(features)]
            before = asked.loc[may.index, "breach_probability"].astype("float64")
            after = pd.Series(model.probabilities(done(may, step=step.name)), index=may.index)
            gain = before - after
            helps = gain[gain >= best[gain.index]]
            for row in helps.index:
                said[row] = _words(step, float(before[row]), float(after[row]))
            best[helps.index] = helps
    return said


def done(features: pd.DataFrame, *, step: str) -> pd.DataFrame:
    """The features as if the step had been taken just now."""
    changed = features.copy()
    for name in _ADDED[step]:
        if name in changed:
            changed[name] = changed[name].fillna(0.0) + 1.0
    for name in _ZEROED[step]:
        if name in changed:
            changed[name] = 0.0
    for name in _MISSING[step]:
        if name in changed:
            changed[name] = np.nan
    return changed


def _words(step: Step, before: float, after: float) -> str:
    """The step with the risk after and before it.

    >>> _words(STEPS["ticket_assignments"], 0.62, 0.35)
    'if somebody took it now, the risk would be 35 % instead of 62 %'
    """
    return f"{step.words}, the risk would be {percent(after)} instead of {percent(before)}"
