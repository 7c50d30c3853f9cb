"""A part puts the answers in place of its streams, and builds the features of its observations."""

import numpy as np
import pandas as pd
import pyarrow as pa

from features.build import build_features
from features.catalogue import declared_features
from features.cluster.array_files import reading_arrays
from features.cluster.facts import RANK
from features.cluster.home import read_home, read_shares
from features.cluster.job import AllCuts, Job
from features.cluster.medians import AnsweredMedians, Answers, build_answered
from features.cluster.plan import base_of
from features.cluster.sparse import SparseStream, build_sparse
from features.cluster.storage import write_table
from features.frames import to_arrow
from features.given import given_streams
from features.history import History
from features.labelled import history_observations
from features.observations import micros
from features.streams import Values
from forewarn.sla.labels import label_clocks

OBSERVED = ("ticket_id", "metric", "cycle", "landmark", "as_of", "due_at", "is_paused")
"""Columns that say whose features a row holds."""
VERDICT = "is_breached"
"""1 broken, 0 kept, as known at the end of the history; null: no verdict yet."""


def finish_part(job: Job, part: int, cuts: AllCuts) -> int:
    """Write the part's rows; gives how many.

    Features that ask the same streams are built together, so that only these are in memory.
    """
    own = read_home(job, part)
    history = given_streams(own, read_shares(job, part, job.complete))
    observations = history_observations(history, job.config)
    built: dict[str, pd.Series] = {}
    for streams, names in _groups(job, history).items():
        given = {stream: _sparse(job, part, stream, cuts) for stream in sorted(streams)}
        medians = {s: _medians(job, part, s, cuts) for s in given if s in job.plan.tails}
        whole = given_streams(own, {**history.given, **given}, medians)
        frame = build_features(whole, observations, names=names)
        built |= {name: frame[name] for name in names}
    missing = pd.Series(np.nan, observations.index)  # no fact of this part has to do with it
    columns = {name: built.get(name, missing) for name in job.names}
    write_table(job.features(part), feature_rows(history, observations, columns))
    return len(observations)


def feature_rows(
    history: History, observations: pd.DataFrame, built: dict[str, pd.Series]
) -> pa.Table:
    """OBSERVED, VERDICT and the features, as they are written; texts as texts."""
    end = micros(history.watermark) + 1
    verdicts = label_clocks(history.timelines, as_of=end)[VERDICT].to_numpy()
    columns = {name: observations[name] for name in OBSERVED}
    columns[VERDICT] = pd.Series(verdicts[observations["clock"].to_numpy(np.int64)])
    return to_arrow(pd.DataFrame({**columns, **built}, copy=False))


def _groups(job: Job, history: History) -> dict[frozenset[str], list[str]]:
    """The wanted features by the shuffled streams that they ask."""
    groups: dict[frozenset[str], list[str]] = {}
    for feature in declared_features(history):
        if feature.name in job.names:
            groups.setdefault(job.plan.asks[feature.name], []).append(feature.name)
    return groups


def _sparse(job: Job, part: int, name: str, cuts: AllCuts) -> SparseStream:
    share = read_shares(job, part, [name])[name]
    whole = _answers(job, f"{part}/{name}", name, cuts)
    roots = {column: values[0].item() for column, values in share.columns.items()}
    return build_sparse(
        whole["key"].astype(np.int64),
        whole["at"].astype(np.int64),
        whole[f"column/{RANK}"].astype(np.int64),
        {c: whole[f"column/{c}"].astype(v.dtype) for c, v in share.columns.items()},
        n_keys=share.n_keys,
        roots=roots,
    )


def _medians(job: Job, part: int, name: str, cuts: AllCuts) -> AnsweredMedians:
    whole = _answers(job, f"{part}/{name}/median", name, cuts)
    key, before, end = (whole[name].astype(np.int64) for name in Answers._fields[:3])
    answers = Answers(key, before, end, whole["median"].astype(np.float64))
    return build_answered(answers, n_keys=read_shares(job, part, [name])[name].n_keys)


def _answers(job: Job, prefix: str, name: str, cuts: AllCuts) -> dict[str, Values]:
    """What all slices of a stream's key have answered under a prefix."""
    base = base_of(job.plan.keys[name])
    parts: list[dict[str, Values]] = []
    for number in range(cuts[base].n_slices):
        with reading_arrays(job.answers(base, number)) as file:
            parts.append(file.below(prefix))
    return {n: np.concatenate([p[n] for p in parts]) for n in parts[0]}
