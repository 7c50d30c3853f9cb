"""One data set from the question to the result, and what is kept of the peers' answers."""

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.models_answers import (
    Answers,
    ask_by_chance,
    ask_fixed,
    ask_ours,
    ask_peers,
    judge,
)
from benchmarks.models_cells import cells
from benchmarks.models_figures import Result
from benchmarks.models_kept import read_answers, write_answers
from benchmarks.models_peers import PEERS
from benchmarks.models_problems import Problem
from benchmarks.record import ROOT
from forewarn.progress import Progress
from models.evaluation_rules import rule_comparison
from models.evaluation_scored import OURS, Scored
from models.evaluation_tables import replicate_table
from models.evaluation_window import RESAMPLING_SEED
from models.metrics import roc_auc

FOLDER = ROOT / "build" / "bench" / "models"


def run(problem: Problem, *, is_reusing: bool, progress: Progress) -> Result:
    """Everybody's answers, judged. ``is_reusing``: peers' from the last run, if still valid."""
    seeds = problem.config.training.seeds
    peers = _peers(problem, is_reusing=is_reusing, progress=progress)
    others = ask_fixed(problem).joined(peers).joined(_automl(problem))
    ours = ask_ours(problem, seeds=seeds, progress=progress)
    progress(f"{problem.name}: a split by chance", 0.9)
    chance = ask_by_chance(problem, seed=seeds[0])
    progress(f"{problem.name}: intervals", 0.95)
    return _judge(problem, ours.joined(others), chance)


def place(problem: Problem, kind: str) -> Path:
    """Where answers to a problem are kept."""
    return FOLDER / kind / f"{re.sub('[^a-z0-9]+', '_', problem.name.lower())}.npz"


def digest(problem: Problem) -> str:
    """Hash of all that a peer sees: features, labels, and which rows teach and judge."""
    made = hashlib.sha256(
        pd.util.hash_pandas_object(problem.observed.features).to_numpy().tobytes()
    )
    for stage in (problem.validation, problem.test):
        for rows in (stage.decided, stage.later):
            made.update(rows.index.to_numpy(np.int64).tobytes())
            made.update(rows["is_breached"].to_numpy(np.float64).tobytes())
    return made.hexdigest()


def _peers(problem: Problem, *, is_reusing: bool, progress: Progress) -> Answers:
    seeds, path = problem.config.training.seeds, place(problem, "peers")
    asked = f"{digest(problem)} {_code()} {seeds}"
    kept = read_answers(path, digest=asked) if is_reusing else None
    if kept is None:
        kept = ask_peers(problem, PEERS, seeds=seeds, progress=progress)
        write_answers(path, kept, digest=asked)
    return kept


def _automl(problem: Problem) -> Answers:
    """What ``benchmarks.models_automl`` left, as far as it belongs to the same rows."""
    found, today = Answers(), digest(problem)
    for framework in ("autogluon", "flaml"):
        kept = read_answers(place(problem, framework), digest=today)
        found = found if kept is None else found.joined(kept)
    return found


def _judge(problem: Problem, answers: Answers, chance: np.ndarray | None) -> Result:
    resamples = problem.config.evaluation.bootstrap
    test = judge(problem.test, answers.test, resamples=resamples)
    before = judge(problem.validation, answers.validation, resamples=0)
    table = replicate_table(test)
    return Result(
        name=problem.name,
        about=_about(problem),
        answers=answers,
        test=test,
        table=table,
        cells=tuple(cells(problem.name, table, replicate_table(before))),
        rules=_rules(problem, test),
        chance_auc=None if chance is None else _macro_auc(problem.chance.later, chance),
    )


def _rules(problem: Problem, test: Scored) -> tuple[dict[str, object], ...]:
    is_whole = (test.rows["landmark"] != "opening").any()
    if problem.rules is None or OURS not in test.scores or not is_whole:
        return ()
    return tuple(rule_comparison(test, problem.rules, seed=RESAMPLING_SEED))


def _macro_auc(rows: pd.DataFrame, score: np.ndarray) -> float:
    scores = pd.Series(score, rows.index)
    parts = rows.groupby(rows["landmark"].astype(str))["is_breached"]
    return float(np.nanmean([roc_auc(truth, scores[truth.index]) for _, truth in parts]))


def _about(problem: Problem) -> dict[str, object]:
    stage = problem.test
    return {
        "cutoff": stage.window.cutoff.isoformat(),
        "until": stage.window.test_until.isoformat(),
        "n": len(stage.later),
        "n_tickets": int(stage.later["ticket"].nunique()),
        "n_train": len(stage.decided),
        "censored_share": float(stage.outcomes["is_censored"].mean()),
        "n_features": problem.observed.features.shape[1],
        "validation_cutoff": problem.validation.window.cutoff.isoformat(),
        "n_validation": len(problem.validation.later),
    }


def _code() -> str:
    names = ("models_lesson", "models_boosted", "models_classic", "models_peers")
    files = [(ROOT / "benchmarks" / f"{name}.py").read_bytes() for name in names]
    return hashlib.sha256(b"".join(files)).hexdigest()[:16]
