"""Compiling small functions to machine code, once for all users of this package."""

import hashlib
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba
from numba.core.dispatcher import Dispatcher

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at the first call, keep the result on disk, and release the interpreter lock.

    For kernels that work in the memory that they are given. numba then does not count who holds
    which array: for kernels that call others with many arrays, as the clock's do, that took
    two thirds of the time. It refuses to compile one that makes an array, a list or a slice of
    another array's elements.
    """
    return _compile(function, counts_holders=False)


def allocating(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a kernel that makes arrays or lists of its own, or returns them."""
    return _compile(function, counts_holders=True)


def fused(function: Callable[P, R]) -> Callable[P, R]:
    """`compiled`, and put in place of its calls.

    For the parts of a loop that hand a dozen arrays from one to the next: each array goes over
    as seven numbers, which takes longer than what a small part does. Compiling takes longer.
    """
    return _compile(function, counts_holders=False, forceinline=True)


def _compile(
    function: Callable[P, R], *, counts_holders: bool, forceinline: bool = False
) -> Callable[P, R]:
    kernel: Callable[P, R] = numba.njit(
        function, nogil=True, cache=True, _nrt=counts_holders, forceinline=forceinline
    )
    named = function.__globals__.values()
    called = [value.py_func for value in named if isinstance(value, Dispatcher)]
    _renew_with_sources(kernel, {_folder_of(part) for part in (function, *called)})
    return kernel


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """The same for a part of a kernel, put in place of its call."""
    kernel: Callable[P, R] = numba.njit(function, nogil=True, inline="always")
    return kernel


def _folder_of(function: Callable[..., Any]) -> Path:
    return Path(inspect.getfile(function)).parent


def _renew_with_sources(kernel: Any, folders: set[Path]) -> None:
    """Let what is kept be dropped when any source of these folders changes, not only its own file.

    numba looks at the file of the function alone: after a change of a part that it calls, or of
    a constant that it uses, the old machine code would run on, and a wrong clock shows nowhere.
    ``folders``: its own, and those of the kernels that its module has imported.
    """
    kept = kernel._cache._cache_file  # noqa: SLF001  # numba has no public way
    kept._source_stamp = (  # noqa: SLF001
        kept._source_stamp,  # noqa: SLF001
        *(digest_of_sources(folder) for folder in sorted({*folders, Path(__file__).parent})),
    )


@cache
def digest_of_sources(folder: Path) -> str:
    """One hash of all Python files of a package."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        found.update(path.read_bytes())
    return found.hexdigest()
