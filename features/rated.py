"""Streams of measured values, such as ratings, whose sums are the same wherever they are made."""

import numpy as np

from features.arranging import build_stream
from features.streams import Floats, Int64, Stream

EACH = "_each"
"""Ends the name of the column that holds every fact's own value."""


def rated_stream(keys: Int64, at: Int64, values: Floats, *, n_keys: int, column: str) -> Stream:
    """Facts with a value: ``column`` is its running sum, ``<column>_each`` the value itself.

    The last digit of a sum of floats depends on the order. Facts of one key and instant are
    summed from the smallest to the largest, so that it does not depend on the order of tickets.
    """
    order = np.argsort(values, kind="stable")
    return build_stream(
        keys[order],
        at[order],
        n_keys=n_keys,
        states={f"{column}{EACH}": values[order]},
        sums={column: values[order]},
    )
