"""How long each solution took, kept so that medians over any window can be told."""

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from features.medians import Medians, build_medians
from features.spec import HOUR
from features.streams import Int64, Stream, Values
from forewarn.sla.parts import side_by_side

MEDIANS = ("group_load", "customer_load")
"""Streams whose median ``solved_time`` is asked for."""


def median_arrays(streams: Mapping[str, Stream]) -> dict[str, Values]:
    """``median/STREAM/PART`` for each of MEDIANS; see ``features.medians`` for the parts."""
    made = side_by_side({name: partial(medians_of, streams[name]) for name in MEDIANS})
    arrays = {name: medians.to_arrays() for name, medians in made.items()}
    return {f"median/{n}/{part}": array for n, m in arrays.items() for part, array in m.items()}


def medians_of(load: Stream) -> Medians:
    """Of the hours from creation to solution, one value per row in which ``n_solved`` grows."""
    is_solution, time = _is_solution(load), load.columns["solved_time"]
    rows = np.flatnonzero(is_solution)
    taken = time[rows].astype(np.int64) - time[rows - 1].astype(np.int64)
    first = np.concatenate([[0], np.cumsum(is_solution)])[load.start[:-1]]
    return build_medians(taken / HOUR, first)


def n_values(load: Stream) -> Int64:
    """Per row how many values its key has up to it."""
    n = np.cumsum(_is_solution(load), dtype=np.int64)
    before = np.concatenate([[0], n])[load.start[:-1]]
    counted: Int64 = n - np.repeat(before, np.diff(load.start))
    return counted


def _is_solution(load: Stream) -> NDArray[np.bool_]:
    n_solved = load.columns["n_solved"].astype(np.int64)
    return np.diff(n_solved, prepend=0) > 0  # a root's count is 0, so it never grows
