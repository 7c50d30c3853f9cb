"""One data set from its rows to its tables, on a small world."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from benchmarks import models_run
from benchmarks.models import details_of
from benchmarks.models_answers import Answers, ask_fixed, gives_probabilities
from benchmarks.models_automl import ROLE, TRUTH, hand_over, read_back
from benchmarks.models_figures import Result
from benchmarks.models_kept import read_answers, write_answers
from benchmarks.models_peers import PEERS
from benchmarks.models_problems import Problem, by_chance, policy_problem
from benchmarks.models_run import digest, run
from benchmarks.models_tables import landmarks_of, markdown, print_cells, print_result, ranked
from features.history import build_history
from forewarn.config import Config
from forewarn.progress import silent
from forewarn.tables import Tables


@pytest.fixture(scope="module")
def problem(
    small_tables: Tables, small_config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Problem:
    """The resolution clocks of the small world; one seed, few trees, 20 resamples."""
    training = {"trees": 16, "seeds": (1,), "minimum_tickets": 50}
    config = small_config.model_copy(
        update={
            "training": small_config.training.model_copy(update=training),
            "evaluation": small_config.evaluation.model_copy(update={"bootstrap": 20}),
        }
    )
    history = build_history(small_tables, config, folder=tmp_path_factory.mktemp("history"))
    return policy_problem("small", history, config, metric="resolution")


@pytest.fixture(scope="module")
def result(problem: Problem, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Judged, with logistic regression and one kind of trees as peers."""
    few = {name: PEERS[name] for name in ("logistic regression", "LightGBM, ordinal")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models_run, "PEERS", few)
        patch.setattr(models_run, "FOLDER", tmp_path_factory.mktemp("kept"))
        return run(problem, is_reusing=False, progress=silent)


def test_stages_follow_each_other(problem: Problem) -> None:
    """What chooses was opened and decided before the test begins; no ticket is on both sides."""
    before, test = problem.validation, problem.test
    assert before.window.test_until <= test.window.cutoff
    assert (before.later[["due_at", "label_known_at"]].max(axis=1) < test.window.cutoff).all()
    for stage in (before, test, problem.chance):
        assert len(stage.later) > 0
        assert not set(stage.outcomes["ticket"]) & set(stage.later["ticket"])
    for stage in (before, test):
        assert (stage.decided["label_known_at"] < stage.window.cutoff).all()
        assert (stage.later["opened_at"] >= stage.window.cutoff).all()


def test_chance_draws_as_many_tickets_as_the_test_has(problem: Problem) -> None:
    """From all that were opened before its end; the same ones every time."""
    drawn = problem.chance.later["ticket"].nunique()
    assert drawn <= problem.test.later["ticket"].nunique()
    rows = pd.concat([problem.test.outcomes, problem.test.later])
    first, again = (by_chance(rows, problem.test, only=None, seed=5) for _ in range(2))
    assert first.later.index.equals(again.later.index)
    assert (problem.chance.later["opened_at"] < problem.test.window.test_until).all()
    assert (problem.chance.later["opened_at"] < problem.test.window.cutoff).any()


def test_only_some_landmarks_can_be_judged(problem: Problem) -> None:
    """Boston is judged at the opening alone."""
    rows = pd.concat([problem.test.outcomes, problem.test.later])
    drawn = by_chance(rows, problem.test, only=("opening",), seed=5)
    assert set(drawn.later["landmark"]) == {"opening"}


def test_everybody_answers_for_the_same_rows(problem: Problem, result: Result) -> None:
    """Every score set has a value per judged row; clock rules give no probabilities."""
    n = len(problem.test.later)
    assert all(len(scores) == n for sets in result.answers.test.values() for scores in sets)
    assert {"prior", "slack", "time_left", "group_rate_known", "group_rate_matured"} <= set(
        result.answers.test
    )
    assert [gives_probabilities(name) for name in ("slack", "XGBoost")] == [False, True]


def test_fixed_baselines_see_nothing_of_the_test(problem: Problem) -> None:
    """The prior of a landmark is the breach share of its decided rows before the cutoff."""
    (prior,) = ask_fixed(problem).test["prior"]
    at_opening = (problem.test.later["landmark"] == "opening").to_numpy()
    decided = problem.test.decided
    share = decided.loc[decided["landmark"] == "opening", "is_breached"].mean()
    assert prior[at_opening] == pytest.approx(np.full(at_opening.sum(), share))


def test_the_result_becomes_tables(result: Result) -> None:
    """Terminal, Markdown and JSON have every model; landmarks stand in the order of time."""
    assert landmarks_of(result) == ["opening", "0.25", "0.5", "0.75", "0.9"]
    text = io.StringIO()
    console = Console(file=text, width=100)
    print_result(result, console=console)
    print_cells(result.cells, console=console)
    shown = markdown([result])
    for name in ("logistic regression", "LightGBM, ordinal", "rate of group, known"):
        assert name in shown
    assert "logistic regression" in text.getvalue()
    assert "behind in" in text.getvalue()
    details = details_of(result)
    assert set(details["figures"]) == {"opening", "0.25", "0.5", "0.75", "0.9", "all", "macro"}
    assert set(ranked(result)) == set(details["figures"]["all"])


def test_kept_answers_are_read_back(tmp_path: Path) -> None:
    """Scores to the last bit; nothing where they answer something else."""
    answers = Answers(
        validation={"alpha": [np.array([0.1, 0.2])]},
        test={"alpha": [np.array([0.3]), np.array([0.4])]},
        seconds={"alpha": 1.5},
        settings={"alpha": {"rounds": 20}},
        notes={"beta": "no room"},
    )
    path = tmp_path / "kept" / "alpha.npz"
    assert read_answers(path, digest="one") is None
    write_answers(path, answers, digest="one")
    found = read_answers(path, digest="one")
    assert read_answers(path, digest="another") is None
    assert found is not None
    np.testing.assert_array_equal(found.test["alpha"], [[0.3], [0.4]])
    np.testing.assert_array_equal(found.validation["alpha"], [[0.1, 0.2]])
    assert (found.seconds, found.settings, found.notes) == (
        answers.seconds, answers.settings, answers.notes,
    )  # fmt: skip


def test_other_labels_are_another_question(problem: Problem) -> None:
    """The digest changes with a label, and is the same for the same problem."""
    from dataclasses import replace

    later = problem.test.later
    turned = later.assign(is_breached=1.0 - later["is_breached"])
    other = replace(problem, test=replace(problem.test, later=turned))
    assert digest(problem) == digest(problem)
    assert digest(problem) != digest(other)


def test_what_is_handed_over_hides_the_test(problem: Problem) -> None:
    """Roles follow each other, tickets that choose do not teach, the test has no labels."""
    given = hand_over(problem)
    counts = given[ROLE].value_counts()
    assert counts["choose"] == len(problem.validation.later)
    assert counts["score"] == len(problem.test.later)
    assert given.loc[given[ROLE] == "score", TRUTH].isna().all()
    assert given.loc[given[ROLE] != "score", TRUTH].notna().all()
    own = problem.test.decided["ticket"].isin(problem.validation.later["ticket"])
    assert counts["learn"] == (~own).sum()


def test_what_comes_back_is_split_by_role() -> None:
    """Two rows that chose, one that was scored."""
    taken = pd.DataFrame({ROLE: ["choose", "choose", "score"], "probability": [0.1, 0.2, 0.3]})
    answers = read_back(taken, "FLAML", {"seconds": 12.5, "chosen": "lgbm"})
    assert [list(s) for s in answers.validation["FLAML"]] == [[0.1, 0.2]]
    assert [list(s) for s in answers.test["FLAML"]] == [[0.3]]
    assert answers.seconds == {"FLAML": 12.5}
