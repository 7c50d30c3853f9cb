"""What a training may learn: clocks at their landmarks, and what was known of them."""

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from features.history import History
from features.observations import landmark_observations
from forewarn.config import Config
from forewarn.errors import ModelError
from models.exam_sitting import Label
from models.inner_windows import first_observed
from models.interventions import Logged, mark_treated
from models.splits import pending_outcomes


@dataclass(frozen=True)
class Taught:
    """``observations``: all clocks at their landmarks. ``lesson``: outcomes of those that may be
    learned from; ``outcomes``: the same, rows numbered anew. ``watched``: these, and behind them
    what was still open at the cutoff.
    """

    observations: pd.DataFrame
    lesson: pd.DataFrame
    outcomes: pd.DataFrame
    watched: pd.DataFrame


def teach(
    history: History,
    config: Config,
    *,
    cutoff: pd.Timestamp,
    label: Label,
    held_out: Collection[str],
) -> Taught:
    """What was decided by the cutoff; raises ModelError where that is too short a time."""
    opened_from = config.training.opened_from
    observations = landmark_observations(
        history,
        landmarks=config.training.landmarks,
        opened_from=None if opened_from is None else pd.Timestamp(opened_from),
    )
    lesson = label(history, observations, cutoff=cutoff)
    _refuse_too_short(lesson, config=config)
    outcomes = lesson.reset_index(drop=True)
    pending = _pending(history, observations, cutoff=cutoff, held_out=held_out, config=config)
    watched = pd.concat([outcomes, pending], ignore_index=True)
    return Taught(observations, lesson, outcomes, watched)


def _pending(
    history: History,
    observations: pd.DataFrame,
    *,
    cutoff: pd.Timestamp,
    held_out: Collection[str],
    config: Config,
) -> pd.DataFrame:
    """What was still open at the cutoff or due behind it, for the hazard; none where unasked."""
    may = ~observations["ticket_id"].isin(list(held_out)) & ("hazard" in config.training.parts)
    return pending_outcomes(history, observations[may], cutoff=cutoff)


def labelled(
    history: History,
    observations: pd.DataFrame,
    *,
    cutoff: pd.Timestamp,
    label: Label,
    logged: Logged,
    held_out: Collection[str],
    config: Config,
) -> pd.DataFrame:
    """Outcomes of what may be learned from, with what the log says of treatment."""
    every = label(history, observations, cutoff=cutoff)
    outcomes = every[~every["ticket_id"].isin(list(held_out))]
    return mark_treated(outcomes, logged, settings=config.interventions)


def _refuse_too_short(outcomes: pd.DataFrame, *, config: Config) -> None:
    """A history too short to hold an ordinary month teaches its own accidents."""
    least = config.training.minimum_span
    first = first_observed(outcomes) if len(outcomes) else outcomes["as_of"]
    span = first.max() - first.min() if len(first) else pd.Timedelta(0)
    if span < least:
        raise ModelError(
            f"the decided tickets span {span / pd.Timedelta(days=1):.1f} days, training needs "
            f"{least / pd.Timedelta(days=1):g} (training.minimum_span); until then the rules serve"
        )
