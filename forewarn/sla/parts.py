"""Work on long arrays in parts, side by side: kernels release the interpreter lock."""

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

LEAST = 50_000
"""Rows that are worth a thread of their own."""


_Made = TypeVar("_Made")


def side_by_side(works: Mapping[str, Callable[[], _Made]]) -> dict[str, _Made]:
    """What each of the works makes, by its name; as many at a time as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = {name: pool.submit(work) for name, work in works.items()}
        return {name: future.result() for name, future in made.items()}


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
