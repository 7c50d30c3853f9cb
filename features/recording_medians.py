"""How long each solution took, kept so that medians over any window can be told."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from features.medians import Medians, build_medians
from features.spec import HOUR
from features.streams import Stream, Values
from forewarn.sla.parts import side_by_side

MEDIANS = ("group_load", "customer_load")
"""Streams whose median ``solved_time`` is asked for."""


def median_arrays(streams: Mapping[str, Stream]) -> dict[str, Values]:
    """``median/STREAM/PART`` for each of MEDIANS; see ``features.medians`` for the parts."""
    made = side_by_side({name: partial(_medians, streams[name]) for name in MEDIANS})
    return {f"median/{n}/{part}": a for n, m in made.items() for part, a in m.to_arrays().items()}


def _medians(load: Stream) -> Medians:
    """Of the hours from creation to solution, one value per row in which ``n_solved`` grows."""
    n_solved, time = load.columns["n_solved"].astype(np.int64), load.columns["solved_time"]
    is_solution = np.diff(n_solved, prepend=0) > 0  # a root's count is 0, so it never grows
    rows = np.flatnonzero(is_solution)
    taken = time[rows].astype(np.int64) - time[rows - 1].astype(np.int64)
    first = np.concatenate([[0], np.cumsum(is_solution)])[load.start[:-1]]
    return build_medians(taken / HOUR, first)
