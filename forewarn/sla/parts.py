"""Work on long arrays in parts, side by side: kernels release the interpreter lock."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

LEAST = 50_000
"""Rows that are worth a thread of their own."""


def in_parts(work: Callable[[slice], None], size: int) -> None:
    """Call ``work`` with slices that cover ``size`` rows, one per core where that pays."""
    n = min(os.cpu_count() or 1, size // LEAST)
    if n < 2:
        work(slice(0, size))
        return
    bounds = [size * i // n for i in range(n + 1)]
    slices = [slice(a, b) for a, b in pairwise(bounds)]
    with ThreadPoolExecutor(n) as pool:
        list(pool.map(work, slices))
