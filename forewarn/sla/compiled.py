"""Compiling small functions to machine code, once for all users of this package."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at the first call, keep the result on disk, and release the interpreter lock."""
    kernel: Callable[P, R] = numba.njit(function, nogil=True, cache=True)
    return kernel
