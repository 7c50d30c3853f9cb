"""Judge the model as docs/evaluation.md says: rolling windows, all baselines, intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.progress import Progress, silent
from models.evaluation_data import Observed, observe_landmarks
from models.evaluation_headline import headline_extras
from models.evaluation_scored import Scored
from models.evaluation_tables import Replicates, replicate_table, tables
from models.evaluation_window import Fitted, fit_window, opened_in, score_rows
from models.splits import rolling_cutoffs

EARLIER_TICKETS = 10_000
"""Windows before the headline learn from no more: they show a course, not the last digit."""
SCHEMA = 1
"""Of the JSON; raised when a key changes its meaning or goes."""


def evaluate(history: History, config: Config, *, progress: Progress = silent) -> dict[str, Any]:
    """Every figure of the protocol, per metric; plain JSON values, keys as in docs/evaluation.md.

    A metric with too little data, or one class only, has nulls and a ``note`` instead.
    """
    metrics = config.sla.metrics
    found = {}
    for i, metric in enumerate(metrics):
        part = _part(progress, start=i / len(metrics), share=1 / len(metrics))
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
    progress(f"Evaluation of {metric}: features", 0.0)
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
    before: dict[str, Replicates] | None = None
    for i, window in enumerate(windows):
        step = i / (len(windows) + 1)
        progress(f"Evaluation of {metric}: window {i + 1} of {len(windows)}", step)
        is_last = i == len(windows) - 1
        effort = headline_effort(config) if is_last else earlier_effort(config)
        fitted = fit_window(
            history, observed, window=window, config=config,
            seeds=effort.seeds, most_tickets=effort.most_tickets,
        )  # fmt: skip
        chosen = opened_in(observed.rows, window)
        test = score_rows(fitted, observed, rows=chosen, resamples=effort.resamples)
        table = replicate_table(test)
        found["windows"].append(_entry(fitted, observed, test, table, effort.seeds))
        if is_last:
            extras = headline_extras(
                history, config, observed=observed, fitted=fitted, test=test,
                table=table, before=before, progress=progress,
            )  # fmt: skip
            found["headline"] = found["windows"][-1] | extras
        before = table
    return found


@dataclass(frozen=True)
class Effort:
    """How much a window is worth: seeds, tickets learned from at most, resamples."""

    seeds: tuple[int, ...]
    most_tickets: int | None
    resamples: int


def headline_effort(config: Config) -> Effort:
    """All seeds, all tickets, all resamples."""
    return Effort(config.training.seeds, None, config.evaluation.bootstrap)


def earlier_effort(config: Config) -> Effort:
    """One seed, at most EARLIER_TICKETS, and a fifth of the resamples (at least 50)."""
    resamples = max(50, config.evaluation.bootstrap // 5)
    return Effort(config.training.seeds[:1], EARLIER_TICKETS, resamples)


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


def _part(progress: Progress, *, start: float, share: float) -> Progress:
    return lambda message, done: progress(message, start + share * done)
