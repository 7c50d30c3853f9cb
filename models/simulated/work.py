"""Beliefs about work on a simulated desk: averages, a model's, and the truth."""

from typing import Any

import numpy as np
import pandas as pd

from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn
from forewarn.simulation.plan import Course, Estimates, no_estimates
from forewarn.simulation.value_index import FIRST_RESPONSE_SHARE, N_QUANTILES, work_quantiles
from models.simulated.facts import MOST_TOUCHES, learnable, tickets_of, touch_facts, work_left

_SETTINGS: dict[str, Any] = {
    "objective": "regression", "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 40,
    "lambda_l2": 5.0, "num_threads": 1, "verbose": -1, "seed": 0, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip
Columns = list[np.ndarray]
"""Per touch: mean of the log minutes, spread of the log, expected minutes."""
Predicted = tuple[Columns, Columns]
_ROUNDS = 120
_HELD_OUT = 0.25
_LEAST_IN_CELL = 20


def believe_averages(history: DeskHistory, drawn: Drawn, course: Course) -> Estimates:
    """Means of log and minutes by group and touches so far, as a desk without a model has."""
    facts, known = touch_facts(history, drawn), _known(drawn, course)
    cells = [facts["group"], facts["touches"]]
    columns = []
    for minutes in work_left(drawn):
        rows = pd.DataFrame({"group": cells[0], "touches": cells[1], "minutes": minutes,
                             "log": np.log(minutes)})  # fmt: skip
        learned = rows[known]
        by_cell = learned.groupby(["group", "touches"])
        table = by_cell.agg(n=("log", "size"), log=("log", "mean"), spread=("log", "std"),
                            minutes=("minutes", "mean"))  # fmt: skip
        table = table[table["n"] >= _LEAST_IN_CELL]
        keys = pd.MultiIndex.from_arrays(cells)
        own = table.reindex(keys)
        whole = (learned["log"].mean(), learned["log"].std(), learned["minutes"].mean())
        filled = [own[name].fillna(usual).to_numpy() for name, usual in
                  zip(("log", "spread", "minutes"), whole, strict=True)]  # fmt: skip
        columns.append(filled)
    return estimates_of(*columns)


def believe_model(
    history: DeskHistory, drawn: Drawn, course: Course, *, bias: float = 1.0, seed: int = 0
) -> Estimates:
    """LightGBM on what is known at each touch, learned before the test.

    Spread and mean are set on the last quarter of what it learns from, which a first fit has not
    seen. ``bias``: predicted minutes times this, to see what a wrong model does.
    """
    return estimates_of(*predict_work(history, drawn, course, seed=seed), bias=bias)


def predict_work(history: DeskHistory, drawn: Drawn, course: Course, *, seed: int = 0) -> Predicted:
    """The same in columns: of the next touch, and of all that is left."""
    facts, known = touch_facts(history, drawn), _known(drawn, course)
    touch, whole = (_predict(facts, minutes, known, seed=seed) for minutes in work_left(drawn))
    return touch, whole


def know_truth(drawn: Drawn) -> Estimates:
    """True work until the reply and until the end: a ceiling."""
    minutes, left = work_left(drawn)
    share = np.where(np.isnan(drawn.plan.reply_share), 1.0, drawn.plan.reply_share)
    until = np.maximum(share * minutes, 1e-3)
    needed = np.stack([np.repeat(x[:, None], N_QUANTILES, 1) for x in (until, left)], axis=1)
    return no_estimates(minutes.size)._replace(
        needed=needed, minutes=np.column_stack([minutes, left])
    )


def _known(drawn: Drawn, course: Course) -> np.ndarray:
    found: np.ndarray = learnable(drawn, course.solved)[tickets_of(drawn)]
    return found


def _predict(facts: pd.DataFrame, minutes: np.ndarray, known: np.ndarray, *, seed: int) -> Columns:
    """Mean and spread of the log, and expected minutes, of every touch."""
    rows = np.flatnonzero(known)
    cut = int(len(rows) * (1 - _HELD_OUT))
    first = _fit(facts.iloc[rows[:cut]], np.log(minutes[rows[:cut]]), seed=seed)
    held = rows[cut:]
    guess = first.predict(facts.iloc[held])
    residual = np.log(minutes[held]) - guess
    done = facts["touches"].to_numpy()
    spread = np.full(MOST_TOUCHES + 1, residual.std())
    for place in range(MOST_TOUCHES + 1):
        mine = done[held] == place
        if mine.sum() >= _LEAST_IN_CELL:
            spread[place] = residual[mine].std()
    log = _fit(facts.iloc[rows], np.log(minutes[rows]), seed=seed).predict(facts) + residual.mean()
    sigma = spread[done]
    smear = minutes[held].mean() / np.exp(guess + residual.mean() + sigma[held] ** 2 / 2).mean()
    return [log, sigma, smear * np.exp(log + sigma**2 / 2)]


def _fit(facts: pd.DataFrame, target: np.ndarray, *, seed: int) -> Any:
    import lightgbm as lgb

    data = lgb.Dataset(facts, target, free_raw_data=True)
    return lgb.train({**_SETTINGS, "seed": seed}, data, num_boost_round=_ROUNDS)


def estimates_of(touch: Columns, whole: Columns, *, bias: float = 1.0) -> Estimates:
    """From log mean, log spread and minutes of the next touch and of all that is left."""
    first = work_quantiles(touch[0] + np.log(bias) + np.log(FIRST_RESPONSE_SHARE), touch[1])
    rest = work_quantiles(whole[0] + np.log(bias), whole[1])
    minutes = bias * np.column_stack([touch[2], whole[2]])
    return no_estimates(len(minutes))._replace(
        needed=np.stack([first, rest], axis=1), minutes=minutes
    )
