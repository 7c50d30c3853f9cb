"""What each window may learn from, and our models fitted on all of it, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.progress import Progress
from models.breach import BreachModel, fit_breach_model
from models.evaluation_data import Observed
from models.splits import Window, history_end, pending_outcomes, training_outcomes
from models.trees import threads_for

EARLIER_TICKETS = 5_000
"""Windows before the headline learn from no more: they show a course, not the last digit."""


@dataclass(frozen=True)
class Effort:
    """How much a window is worth: seeds, tickets to learn from at most, resamples."""

    seeds: tuple[int, ...]
    most_tickets: int | None
    resamples: int


@dataclass(frozen=True)
class Lesson:
    """What may be learned before a window's cutoff: rows of Observed, ended as known then."""

    window: Window
    effort: Effort
    outcomes: pd.DataFrame

    @property
    def decided(self) -> pd.DataFrame:
        return self.outcomes[~self.outcomes["is_censored"]]


@dataclass(frozen=True)
class Chance:
    """A split of the tickets by chance, to show how it flatters: rows to learn from, to judge."""

    train: pd.DataFrame
    later: pd.DataFrame


def lessons(
    history: History, observed: Observed, *, windows: Sequence[Window], config: Config
) -> list[Lesson]:
    """One per window: all seeds and tickets for the last one, less for those before."""
    seeds, resamples = config.training.seeds, config.evaluation.bootstrap
    earlier = Effort(seeds[:1], EARLIER_TICKETS, max(50, resamples // 5))
    efforts = [earlier] * (len(windows) - 1) + [Effort(seeds, None, resamples)]
    return [
        prepare(history, observed, window=window, effort=effort)
        for window, effort in zip(windows, efforts, strict=True)
    ]


def prepare(history: History, observed: Observed, *, window: Window, effort: Effort) -> Lesson:
    """What was decided before the cutoff; of at most so many tickets, drawn at random."""
    outcomes = training_outcomes(history, observed.rows, cutoff=window.cutoff)
    pending = pending_outcomes(history, observed.rows, cutoff=window.cutoff)
    outcomes = pd.concat([outcomes, pending])
    tickets = np.sort(outcomes["ticket"].unique())
    if effort.most_tickets is not None and tickets.size > effort.most_tickets:
        drawn = np.random.default_rng(effort.seeds[0]).permutation(tickets)[: effort.most_tickets]
        outcomes = outcomes[outcomes["ticket"].isin(drawn)]
    return Lesson(window, effort, outcomes)


def split_by_chance(
    history: History, observed: Observed, *, window: Window, config: Config
) -> Chance:
    """Tickets opened before the window's end; as many held out at random as it tests."""
    rows = observed.rows[observed.rows["opened_at"] < window.test_until]
    rows = training_outcomes(history, rows, cutoff=history_end(history))
    rows = rows[~rows["is_censored"]]
    tickets = np.sort(rows["ticket"].unique())
    n_test = rows["ticket"][rows["opened_at"] >= window.cutoff].nunique()
    drawn = np.random.default_rng(config.training.seeds[0]).permutation(tickets)[:n_test]
    held_out = rows["ticket"].isin(drawn)
    return Chance(train=rows[~held_out], later=rows[held_out])


@dataclass(frozen=True)
class Job:
    """Models of one table of outcomes, one per seed.

    ``like``: the job, by its place, whose first model settles parts, rounds and calibration of
    all; None: the first seed of this one.
    """

    outcomes: pd.DataFrame
    seeds: Sequence[int]
    like: int | None = None


def fit_all(
    observed: Observed, jobs: Sequence[Job], *, config: Config, progress: Progress
) -> list[list[BreachModel | ModelError]]:
    """Our models for each job, or why they were refused.

    Small fits take one thread each, so two of them run side by side; in threads, because
    processes must not fork after LightGBM has run.
    """
    firsts = [i for i, job in enumerate(jobs) if job.like is None]
    asked: list[_Asked] = [(jobs[i].outcomes, jobs[i].seeds[0], None) for i in firsts]
    first = dict(zip(firsts, _side_by_side(observed, asked, config, progress), strict=True))
    places, rest = [], list[_Asked]()
    for i, job in enumerate(jobs):
        settled = first[i if job.like is None else job.like]
        for seed in job.seeds[job.like is None :]:
            places.append(i)
            rest.append((job.outcomes, seed, settled))
    found = [[first[i]] if i in first else [] for i in range(len(jobs))]
    for i, model in zip(places, _side_by_side(observed, rest, config, progress), strict=True):
        found[i].append(model)
    return found


_Asked = tuple[pd.DataFrame, int, "BreachModel | ModelError | None"]


def _side_by_side(
    observed: Observed, asked: Sequence[_Asked], config: Config, progress: Progress
) -> list[BreachModel | ModelError]:
    run = Parallel(
        n_jobs=2 // threads_for(observed.features.size), prefer="threads", return_as="generator"
    )
    found: list[BreachModel | ModelError] = []
    for model in run(delayed(_fit)(observed, *one, config) for one in asked):
        found.append(model)
        progress(f"fit {len(found)} of {len(asked)}", len(found) / len(asked))
    return found


def _fit(
    observed: Observed,
    outcomes: pd.DataFrame,
    seed: int,
    like: BreachModel | ModelError | None,
    config: Config,
) -> BreachModel | ModelError:
    if isinstance(like, ModelError):
        return like
    metric = str(observed.rows["metric"].iloc[0])
    features = observed.features.loc[outcomes.index]
    try:
        return fit_breach_model(
            features, outcomes, metric=metric, config=config, seed=seed, like=like
        )
    except ModelError as error:
        return error
