"""Judge the model as docs/evaluation.md says: rolling windows, all baselines, intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.errors import DataError, ModelError
from forewarn.progress import Progress, silent
from models.breach import BreachModel
from models.evaluation_data import Observed, observe_landmarks
from models.evaluation_headline import flattery, headline_extras
from models.evaluation_lessons import Chance, Job, Lesson, fit_all, lessons, split_by_chance
from models.evaluation_scored import Scored
from models.evaluation_tables import Replicates, replicate_table, tables
from models.evaluation_window import Fitted, fit_window, opened_in, score_rows
from models.splits import Window, rolling_cutoffs

SCHEMA = 1
"""Of the JSON; raised when a key changes its meaning or goes."""


def evaluate(history: History, config: Config, *, progress: Progress = silent) -> dict[str, Any]:
    """Every figure of the protocol, per metric; plain JSON values, keys as in docs/evaluation.md.

    A metric with too little data, or one class only, has nulls and a ``note`` instead.
    """
    metrics = config.sla.metrics
    found = {}
    for i, metric in enumerate(metrics):
        part = _part(progress, start=i / len(metrics), share=1 / len(metrics), name=metric)
        found[metric] = evaluate_metric(history, config, metric=metric, progress=part)
    progress("Evaluation", 1.0)
    evaluation: dict[str, Any] = plain(
        {
            "schema": SCHEMA,
            "data_digest": history.digest,
            "policy_version": config.sla.version,
            "seeds": list(config.training.seeds),
            "bootstrap": config.evaluation.bootstrap,
            "metrics": found,
        }
    )
    return evaluation


def evaluate_metric(
    history: History, config: Config, *, metric: str, progress: Progress
) -> dict[str, Any]:
    """The windows of one metric, oldest first, and the headline: the last with everything."""
    progress("features", 0.0)
    observed = observe_landmarks(history, config, metric=metric)
    found: dict[str, Any] = {"note": None, "n": len(observed), "windows": [], "headline": None}
    found["n_tickets"] = int(observed.rows["ticket"].nunique())
    found["censored_share"] = _share(observed.rows["is_censored"])
    if not len(observed):
        return found | {"note": f"no {metric} clock was ever observed open: nothing to judge"}
    try:
        windows = rolling_cutoffs(history, observed.rows, config)
    except DataError as error:
        return found | {"note": str(error)}
    fitted = _fitted(history, config, observed, windows=windows, progress=progress)
    return found | _judged(history, config, observed, fitted=fitted, progress=progress)


@dataclass(frozen=True)
class _Fits:
    """All that was fitted: the windows with their lessons, and the split by chance."""

    lessons: list[Lesson]
    windows: list[Fitted]
    chance: Chance
    by_chance: BreachModel | ModelError


def _fitted(
    history: History,
    config: Config,
    observed: Observed,
    *,
    windows: Sequence[Window],
    progress: Progress,
) -> _Fits:
    learned = lessons(history, observed, windows=windows, config=config)
    chance = split_by_chance(history, observed, window=windows[-1], config=config)
    jobs = [Job(lesson.outcomes, lesson.effort.seeds) for lesson in reversed(learned)]
    jobs.append(Job(chance.train, config.training.seeds[:1], like=0))
    part = _part(progress, start=0.05, share=0.65)
    *ours_of, by_chance = fit_all(observed, jobs, config=config, progress=part)
    fitted = []
    for i, (lesson, ours) in enumerate(zip(learned, reversed(ours_of), strict=True)):
        progress(f"baselines of window {i + 1} of {len(learned)}", 0.7 + 0.1 * i / len(learned))
        fitted.append(fit_window(history, observed, lesson=lesson, ours=ours))
    return _Fits(learned, fitted, chance, by_chance[0])


def _judged(
    history: History, config: Config, observed: Observed, *, fitted: _Fits, progress: Progress
) -> dict[str, Any]:
    """``windows`` and ``headline``."""
    entries: list[dict[str, Any]] = []
    before: dict[str, Replicates] | None = None
    table: dict[str, Replicates] | None = None
    for lesson, window in zip(fitted.lessons, fitted.windows, strict=True):
        progress(f"figures of window {len(entries) + 1}", 0.8 + 0.1 * len(entries) / 3)
        chosen = opened_in(observed.rows, window.window)
        test = score_rows(window, observed, rows=chosen, resamples=lesson.effort.resamples)
        before, table = table, replicate_table(test)
        entries.append(_entry(window, observed, test, table, lesson.effort.seeds))
    extras = headline_extras(
        history, config, observed=observed, fitted=fitted.windows[-1], test=test,
        table=table or {}, before=before, progress=progress,
    )  # fmt: skip
    if extras["cost"] is not None:
        extras["random_split"] = flattery(
            observed, fitted.chance, fitted.by_chance, entries[-1]["macro"]
        )
    return {"windows": entries, "headline": entries[-1] | extras}


def plain(value: Any) -> Any:
    """JSON values: NumPy numbers as Python's, NaN and infinities as null, six decimals.

    >>> plain({"a": np.float64(0.12345678), "b": [np.nan, np.int64(3)]})
    {'a': 0.123457, 'b': [None, 3]}
    """
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else None
    return value


def _entry(
    fitted: Fitted,
    observed: Observed,
    test: Scored,
    table: dict[str, Replicates],
    seeds: Sequence[int],
) -> dict[str, Any]:
    asked = observed.rows.loc[opened_in(observed.rows, fitted.window)]
    note = fitted.note
    if test.rows["is_breached"].nunique() < 2 and note is None:
        note = "the test window holds fewer than two outcomes: ranking cannot be judged"
    return {
        "cutoff": fitted.window.cutoff.isoformat(),
        "test_until": fitted.window.test_until.isoformat(),
        "note": note,
        "seeds": list(seeds),
        "n_train": len(fitted.train),
        "n_train_tickets": int(fitted.train["ticket"].nunique()),
        "n_test": len(test.rows),
        "n_test_tickets": int(test.rows["ticket"].nunique()),
        "censored_share_train": fitted.censored_share,
        "censored_share_test": _share(asked["is_censored"]),
        **tables(test, table),
    }


def _share(flags: pd.Series) -> float | None:
    return float(flags.mean()) if len(flags) else None


def _part(progress: Progress, *, start: float, share: float, name: str = "") -> Progress:
    prefix = f"Evaluation of {name}: " if name else ""
    return lambda message, done: progress(prefix + message, start + share * done)
