"""Values of single facts, kept so that their medians over any window can be told."""

from functools import partial

import numpy as np

from features.medians import build_medians
from features.streams import Stream, Values
from forewarn.sla.parts import side_by_side

MEDIANS = ("group_solution", "customer_solution")
"""Streams whose medians are asked for."""
SINGLE = "taken"
"""The column that holds each fact's own value."""


def median_arrays(streams: dict[str, Stream]) -> dict[str, Values]:
    """``median/STREAM/PART`` for each of MEDIANS; see ``features.medians`` for the parts.

    Takes the column SINGLE out of all streams: nothing else reads it.
    """
    works = {
        name: partial(build_medians, streams[name].columns[SINGLE].astype(np.float64, copy=False))
        for name in MEDIANS
    }
    made = side_by_side(works)
    for name, stream in streams.items():
        if SINGLE in stream.columns:
            kept = {n: values for n, values in stream.columns.items() if n != SINGLE}
            streams[name] = Stream(stream.start, stream.at, kept)
    return {f"median/{n}/{part}": a for n, m in made.items() for part, a in m.to_arrays().items()}
