"""Looking over the features: which say nothing, say the same, drift, or know too much.

Judged on a seeded sample of the observations that models may learn from at the watermark. All
but the time that features take is the same on every run.
"""

from collections.abc import Sequence
from time import perf_counter

import numpy as np
import pandas as pd

from features.build import build_features
from features.catalogue import declared_features, unseen_because
from features.drift import DRIFTING, month_ends, number_bins, stability_index, text_bins
from features.history import History
from features.labelled import AT_MOST, sample_labelled
from features.likeness import Twin, number_auc, number_twins, text_auc, text_twins
from features.spec import Feature
from forewarn.config import METRICS, Config
from forewarn.progress import Progress, silent

SUSPICIOUS = 0.95
"""AUC of a feature alone, in either direction, from which it may be a leak."""
FEWEST_TICKETS = 30
"""Tickets of each class without which no feature is called suspicious."""
_TIMED = 10_000  # observations whose features are timed
_REPEATS = 3


def audit_features(
    history: History,
    config: Config,
    *,
    seed: int = 0,
    at_most: int = AT_MOST,
    progress: Progress = silent,
) -> pd.DataFrame:
    """One row per declared feature, in the order of the declarations.

    - ``feature``, ``entity``, ``is_seen`` (by models), ``n`` (observations in the sample);
    - ``coverage``: share that is not null; null where ``n`` is 0;
    - ``n_values``: distinct values, null counted as one; ``is_constant``: there is one only;
    - ``twin``, ``correlation``: the near duplicate of the highest absolute rank correlation,
      null where there is none (see ``features.likeness``);
    - ``drift``: population stability index between the first and the last month of the
      sample, both in ``months``; null where there are not two months of enough observations;
      ``is_drifting``;
    - ``auc_METRIC``: of the feature alone, for every promised metric; null with one class;
      ``suspicious_for``: the metrics, joined by a comma, of which it knows the outcome nearly
      alone; null where none;
    - ``milliseconds``: what 1,000 observations take if this feature is computed alone.
    """
    progress("Audit: observing clocks at their landmarks", 0.0)
    sample = sample_labelled(history, config, seed=seed, at_most=at_most)
    declared = declared_features(history)
    progress(f"Audit: {len(declared)} features of {len(sample)} observations", 0.1)
    features = build_features(history, sample)
    columns = {f.name: _plain(features[f.name]) for f in declared}
    frame = _basics(history, config, declared, features)
    progress("Audit: near duplicates", 0.3)
    twins = _twins(declared, columns)
    frame["twin"] = [twins[f.name].name if f.name in twins else None for f in declared]
    frame["correlation"] = [
        twins[f.name].correlation if f.name in twins else np.nan for f in declared
    ]
    progress("Audit: drift", 0.5)
    _add_drift(frame, history, sample, declared, columns)
    progress("Audit: closeness to the label", 0.6)
    _add_closeness(frame, config, sample, columns, seed=seed)
    progress("Audit: time", 0.8)
    frame["milliseconds"] = _milliseconds(history, sample, declared)
    return frame


def _plain(column: pd.Series) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes: np.ndarray = column.cat.codes.to_numpy(np.int64)
        return codes
    numbers: np.ndarray = column.to_numpy(np.float64)
    return numbers


def _basics(
    history: History, config: Config, declared: Sequence[Feature], features: pd.DataFrame
) -> pd.DataFrame:
    n = len(features)
    n_values = np.array([features[f.name].nunique(dropna=False) for f in declared], np.int64)
    return pd.DataFrame(
        {
            "feature": [f.name for f in declared],
            "entity": [f.entity for f in declared],
            "is_seen": [unseen_because(history, config, f) is None for f in declared],
            "n": n,
            "coverage": features.notna().mean().to_numpy() if n else np.nan,
            "n_values": n_values,
            "is_constant": n_values == 1,
        }
    )


def _twins(declared: Sequence[Feature], columns: dict[str, np.ndarray]) -> dict[str, Twin]:
    texts = {f.name: columns[f.name] for f in declared if f.is_category}
    numbers = {f.name: columns[f.name] for f in declared if not f.is_category}
    return number_twins(numbers) | text_twins(texts)


def _add_drift(
    frame: pd.DataFrame,
    history: History,
    sample: pd.DataFrame,
    declared: Sequence[Feature],
    columns: dict[str, np.ndarray],
) -> None:
    ends = month_ends(sample["as_of"], time_zone=history.about["time_zone"])
    drift = np.full(len(declared), np.nan)
    if ends is not None:
        first, last, _ = ends
        for i, feature in enumerate(declared):
            values = columns[feature.name][first | last]
            bins = text_bins(values) if feature.is_category else number_bins(values)
            is_first = first[first | last]
            drift[i] = stability_index(bins[is_first], bins[~is_first])
    frame["drift"] = drift
    frame["months"] = None if ends is None else ends[2]
    frame["is_drifting"] = drift >= DRIFTING


def _add_closeness(
    frame: pd.DataFrame,
    config: Config,
    sample: pd.DataFrame,
    columns: dict[str, np.ndarray],
    *,
    seed: int,
) -> None:
    """The AUC of each feature per metric, and of which it is suspicious."""
    suspicious: list[list[str]] = [[] for _ in columns]
    for metric in (m for m in METRICS if m in config.sla.metrics):
        rows = (sample["metric"] == metric).to_numpy(bool)
        part = sample[rows]
        truth, half = part["is_breached"].to_numpy(bool), _half(part["ticket"], seed=seed)
        found = np.array([_auc(truth, c[rows], half) for c in columns.values()])
        frame[f"auc_{metric}"] = found
        tickets = part.groupby("is_breached")["ticket"].nunique()
        if len(tickets) == 2 and tickets.min() >= FEWEST_TICKETS:
            for i in np.flatnonzero(np.maximum(found, 1.0 - found) >= SUSPICIOUS):
                suspicious[i].append(metric)
    frame["suspicious_for"] = [", ".join(metrics) or None for metrics in suspicious]


def _auc(truth: np.ndarray, column: np.ndarray, half: np.ndarray) -> float:
    is_text = column.dtype.kind == "i"
    return text_auc(truth, column, half) if is_text else number_auc(truth, column)


def _half(tickets: pd.Series, *, seed: int) -> np.ndarray:
    """Half of the tickets, by lot; all rows of a ticket are on one side."""
    names, place = np.unique(tickets.to_numpy(np.int64), return_inverse=True)
    half: np.ndarray = np.random.default_rng(seed).permutation(names.size)[place] % 2 == 0
    return half


def _milliseconds(
    history: History, sample: pd.DataFrame, declared: Sequence[Feature]
) -> np.ndarray:
    """The best of a few runs per feature; code and data are warm from the whole table."""
    part = sample.iloc[:_TIMED]
    if part.empty:
        return np.full(len(declared), np.nan)
    found = np.empty((len(declared), _REPEATS))
    for i, feature in enumerate(declared):
        for j in range(_REPEATS):
            begin = perf_counter()
            build_features(history, part, names=[feature.name])
            found[i, j] = perf_counter() - begin
    best: np.ndarray = found.min(axis=1) * 1e6 / len(part)
    return best
