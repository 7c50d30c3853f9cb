"""AutoGluon and FLAML beside ours, with equal time: ``python -m benchmarks.models_automl``.

    python -m benchmarks.models_automl [--seconds 120] [DATA SET ...]

Both need an older pandas, so they live in an environment of their own, which this makes (once,
1.7 GB). Their answers are kept under ``build/bench/models`` and stand in the tables of
``make bench PART=models`` as long as observations and features are the same. They take long, so
they get the first seed only.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.models_answers import Answers
from benchmarks.models_kept import write_answers
from benchmarks.models_lesson import texts
from benchmarks.models_problems import Problem, problems
from benchmarks.models_run import FOLDER, digest, place
from benchmarks.record import ROOT
from models.encoding import is_category

ENVIRONMENT = ROOT / "build" / "bench" / "automl"
PACKAGES = ("autogluon.tabular[lightgbm,xgboost,catboost]==1.6.3", "flaml[automl]==2.7.0")
TITLES = {"autogluon": "AutoGluon", "flaml": "FLAML"}
SECONDS = 120
ROLE, TRUTH = "row_role", "row_is_breached"
"""Columns of the table that is handed over, beside the features."""


def main(arguments: list[str]) -> int:
    """Make the environment where it is missing, then ask both for every data set."""
    parser = argparse.ArgumentParser(prog="benchmarks.models_automl")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="of each, per data set")
    parser.add_argument("names", nargs="*", metavar="DATA SET", help="names that begin so")
    asked = parser.parse_args(arguments)
    python = make_environment(ENVIRONMENT)
    for problem in problems(_say, only=tuple(asked.names)):
        for framework, title in TITLES.items():
            answers = ask(problem, framework, python=python, seconds=asked.seconds)
            write_answers(place(problem, framework), answers, digest=digest(problem))
            print(f"{problem.name}: {title} {_told(answers)}", flush=True)
    return 0


def make_environment(folder: Path) -> Path:
    """Its Python; made and filled by uv where it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "ready").is_file():
        uv = Path(sys.executable).parent / "uv"
        print(f"making {folder} (once, a few minutes) ...", flush=True)
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True
        )
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *PACKAGES], check=True)
        (folder / "ready").touch()
    return python


def ask(problem: Problem, framework: str, *, python: Path, seconds: int) -> Answers:
    """Its scores of the validation and of the test, or a note that says why there are none."""
    folder = FOLDER / framework
    folder.mkdir(parents=True, exist_ok=True)
    given, taken = folder / "given.parquet", folder / "taken.parquet"
    hand_over(problem).to_parquet(given)
    seed = problem.config.training.seeds[0]
    command = [*fit_command(python), framework, given, taken, seconds, seed]
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, cwd=folder
    )
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return Answers(notes={TITLES[framework]: why[:200]})
    told = json.loads(done.stdout.splitlines()[-1])
    return read_back(pd.read_parquet(taken), TITLES[framework], told)


def fit_command(python: Path) -> list[str | Path]:
    """-P: the script's folder is no place to import from, as it has a ``queue`` of its own."""
    return [python, "-P", ROOT / "benchmarks" / "automl_fit.py"]


def hand_over(problem: Problem) -> pd.DataFrame:
    """Rows to learn from, to choose by and to score, in one table; ROLE and TRUTH beside them.

    What was decided before the test and does not choose teaches. TRUTH of the test is null.
    """
    features = problem.observed.features
    choosing = problem.validation.later
    teaching = problem.test.decided
    teaching = teaching[~teaching["ticket"].isin(choosing["ticket"])]
    parts = []
    for role, rows in (
        ("learn", teaching),
        ("choose", choosing),
        ("score", problem.test.later),
    ):
        truth = rows["is_breached"].to_numpy(float)
        part = features.loc[rows.index].assign(
            **{ROLE: role, TRUTH: np.nan if role == "score" else truth}
        )
        parts.append(part)
    joined = pd.concat(parts, ignore_index=True)
    codes = [name for name in features if is_category(features[name])]
    return texts(joined, codes)


def read_back(taken: pd.DataFrame, name: str, told: dict[str, Any]) -> Answers:
    """``taken``: a row per handed row that chooses or is scored: role, probability."""
    by_role = taken.groupby(ROLE)["probability"]
    return Answers(
        validation={name: [by_role.get_group("choose").to_numpy(float)]},
        test={name: [by_role.get_group("score").to_numpy(float)]},
        seconds={name: float(told["seconds"])},
        settings={name: {}},
    )


def _told(answers: Answers) -> str:
    return ", ".join([*answers.notes.values(), *(f"{s:.0f} s" for s in answers.seconds.values())])


def _say(message: str, _done: float) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
