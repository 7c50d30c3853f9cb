"""How long each solution took, kept so that medians over any window can be told."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from features.medians import Medians, build_medians
from features.spec import HOUR
from features.streams import Int64, Stream, Values
from forewarn.sla.parts import side_by_side

MEDIANS = ("group_load", "customer_load")
"""Streams whose median ``solved_time`` is asked for."""


def median_arrays(streams: Mapping[str, Stream]) -> dict[str, Values]:
    """``median/STREAM/PART`` for each of MEDIANS; see ``features.medians`` for the parts."""
    made = side_by_side({name: partial(medians_of, streams[name]) for name in MEDIANS})
    arrays = {name: medians.to_arrays() for name, (medians, _) in made.items()}
    return {f"median/{n}/{part}": array for n, m in arrays.items() for part, array in m.items()}


def medians_of(load: Stream) -> tuple[Medians, Int64]:
    """Of the hours from creation to solution, one value per row in which ``n_solved`` grows.

    Also per row the place behind the values of all rows up to it.
    """
    n_solved, time = load.columns["n_solved"].astype(np.int64), load.columns["solved_time"]
    is_solution = np.diff(n_solved, prepend=0) > 0  # a root's count is 0, so it never grows
    rows = np.flatnonzero(is_solution)
    taken = time[rows].astype(np.int64) - time[rows - 1].astype(np.int64)
    behind = np.cumsum(is_solution, dtype=np.int64)
    first = np.concatenate([[0], behind])[load.start[:-1]]
    return build_medians(taken / HOUR, first), behind
