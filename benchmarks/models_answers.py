"""What everybody says of the rows that judge: ours, peers that learn, and what needs no model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from benchmarks.models_lesson import Lesson, Peer, Settings
from benchmarks.models_problems import Problem, Stage
from forewarn.errors import ModelError
from forewarn.progress import Progress
from models.baselines import prior, slack
from models.breach import fit_breach_model
from models.evaluation_scored import OURS, Scored, scored
from models.evaluation_window import RESAMPLING_SEED
from models.metrics import Floats

Sets = dict[str, list[Floats]]
"""By name the scores of a stage's ``later`` rows, one array per seed."""


@dataclass(frozen=True)
class Answers:
    """``validation``, ``test``: scores of these stages. ``seconds``: to choose and to fit once.

    ``settings``: what was chosen. ``notes``: why an answer is missing.
    """

    validation: Sets = field(default_factory=dict)
    test: Sets = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    settings: Mapping[str, Settings] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def joined(self, other: "Answers") -> "Answers":
        """Both; the names of one are not those of the other."""
        return Answers(
            validation={**self.validation, **other.validation},
            test={**self.test, **other.test},
            seconds={**self.seconds, **other.seconds},
            settings={**self.settings, **other.settings},
            notes={**self.notes, **other.notes},
        )


def ask_ours(problem: Problem, *, seeds: Sequence[int], progress: Progress) -> Answers:
    """Our model, one per seed; it chooses by itself, so it has no answer on the validation.

    Where a seed is refused ours is missing as a whole: a mean of the others would flatter.
    """
    found, seconds = [], []
    for seed in seeds:
        progress(f"{problem.name}: ours, seed {seed}", 0.0)
        begin = perf_counter()
        try:
            found.append(_ours(problem, problem.test, seed=seed))
        except ModelError as error:
            return Answers(notes={OURS: str(error)})
        seconds.append(perf_counter() - begin)
    return Answers(test={OURS: found}, seconds={OURS: float(np.median(seconds))})


def ask_by_chance(problem: Problem, *, seed: int) -> Floats | None:
    """Ours, learned from and judged on a split by chance; None where it is refused."""
    try:
        return _ours(problem, problem.chance, seed=seed)
    except ModelError:
        return None


def ask_peers(
    problem: Problem, peers: Mapping[str, Peer], *, seeds: Sequence[int], progress: Progress
) -> Answers:
    """Every peer: settings chosen on the validation, then one model per seed for the test."""
    answers = Answers()
    for i, (name, peer) in enumerate(peers.items()):
        progress(f"{problem.name}: {name}", i / len(peers))
        answers = answers.joined(_ask(problem, name, peer, seeds=seeds))
    return answers


def ask_fixed(problem: Problem) -> Answers:
    """Prior, as-of rates, and, where there is a deadline, what the clock says."""
    return Answers(
        validation=_fixed(problem, problem.validation), test=_fixed(problem, problem.test)
    )


def judge(stage: Stage, scores: Sets, *, resamples: int) -> Scored:
    """The stage's rows with these scores, and resamples of their tickets."""
    return scored(
        stage.later,
        scores,
        probabilities=frozenset(name for name in scores if gives_probabilities(name)),
        resamples=resamples,
        seed=RESAMPLING_SEED,
    )


def gives_probabilities(name: str) -> bool:
    """Whether a name's scores are probabilities: all that learn give them."""
    clock = ("share_elapsed", "time_left", "earliest_due_date", "slack")
    return name not in clock


def _ours(problem: Problem, stage: Stage, *, seed: int) -> Floats:
    features, outcomes = problem.observed.features, stage.outcomes
    model = fit_breach_model(
        features.loc[outcomes.index], outcomes, metric=problem.metric, config=problem.config,
        seed=seed,
    )  # fmt: skip
    probabilities: Floats = model.probabilities(features.loc[stage.later.index])
    return probabilities


def _ask(problem: Problem, name: str, peer: Peer, *, seeds: Sequence[int]) -> Answers:
    features = problem.observed.features
    before, after, whole = (
        Lesson.of(features, rows)
        for rows in (problem.validation.decided, problem.validation.later, problem.test.decided)
    )
    begin = perf_counter()
    settings = peer.choose(before, after)
    chosen = perf_counter() - begin
    foretold = peer.fit(before, settings, seeds[0])(after.features)
    later, found, seconds = features.loc[problem.test.later.index], [], []
    for seed in seeds if peer.is_seeded else seeds[:1]:
        begin = perf_counter()
        predict = peer.fit(whole, settings, seed)
        seconds.append(perf_counter() - begin)
        found.append(predict(later))
    return Answers(
        validation={name: [foretold]},
        test={name: found},
        seconds={name: chosen + float(np.median(seconds))},
        settings={name: settings},
    )


def _fixed(problem: Problem, stage: Stage) -> Sets:
    rows = stage.later
    places = problem.observed.rows.index.get_indexer(rows.index)
    found: Sets = {"prior": [prior(rows, stage.decided)]}
    found |= {name: [scores[places]] for name, scores in problem.observed.scores.items()}
    if problem.has_deadline:
        found["slack"] = [slack(rows, stage.decided)]
    return found
