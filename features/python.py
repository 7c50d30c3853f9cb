"""Features as short functions of yours, over other features."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from features.spec import Entity, Feature
from features.streams import Floats
from forewarn.errors import ConfigError, DataError

Values = Callable[[str], Floats]
"""Gives the values of a feature by its name, one per observation."""
Function = Callable[[Values], Floats]


@dataclass(frozen=True)
class PythonFeature:
    """A declaration and what computes it."""

    declaration: Feature
    function: Function


def feature(
    entity: Entity, *, unit: str, null: str, why: str
) -> Callable[[Function], PythonFeature]:
    """Declare a function as a feature of its own name.

    The function gets ``of``: ``of("ticket_events")`` are the values of that feature as of each
    observation (float64, NaN for null). It cannot look ahead, for it sees nothing else. It
    returns as many values, and does so whatever else is computed with them: each from its own
    row alone. ``null``: what NaN means; ``why``: one line.
    """

    def declare(function: Function) -> PythonFeature:
        name = function.__name__
        return PythonFeature(Feature(name, entity, "features", "python", unit, null, why), function)

    return declare


def python_features(modules: Iterable[str]) -> dict[str, PythonFeature]:
    """The features of importable modules, by name.

    Raises ConfigError where a module cannot be imported, or declares none.
    """
    found: dict[str, PythonFeature] = {}
    for module in modules:
        try:
            values = vars(importlib.import_module(module)).values()
        except Exception as error:  # whatever a user's module raises
            raise ConfigError(
                f"forewarn.yaml: features: python: {module!r} cannot be imported: {error}. "
                "It must be installed, or lie on PYTHONPATH."
            ) from error
        mine = {v.declaration.name: v for v in values if isinstance(v, PythonFeature)}
        if not mine:
            raise ConfigError(
                f"forewarn.yaml: features: python: {module!r} declares no feature; "
                "put @feature(...) from features.python on its functions"
            )
        found |= mine
    return found


def compute(coded: PythonFeature, of: Values, *, size: int) -> Floats:
    """The values of a function for ``size`` observations; what is not finite is null.

    Raises DataError where it gives another number of values, or others for a row alone than
    among all: then training and scoring would not see the same.
    """
    name, given = coded.declaration.name, cache(of)
    values = _call(coded, given, size)
    for row in sorted({0, size // 2, size - 1}) if size > 1 else ():
        alone = _call(coded, lambda asked, row=row: given(asked)[row : row + 1], 1)  # type: ignore[misc]
        if not np.allclose(alone, values[row : row + 1], rtol=1e-9, atol=0, equal_nan=True):
            raise DataError(
                f"feature {name!r} gives {alone[0]:g} for one observation alone, and "
                f"{values[row]:g} for it among {size}: a feature may look at its own row only"
            )
    return values


def _call(coded: PythonFeature, of: Values, size: int) -> Floats:
    with np.errstate(all="ignore"):  # a division by nothing is a null
        values = np.asarray(coded.function(of), np.float64)
    if values.shape != (size,):
        raise DataError(
            f"feature {coded.declaration.name!r} gives {values.shape}, "
            f"expected one value for each of {size} observations"
        )
    return np.where(np.isfinite(values), values, np.nan)


def module_sources(modules: Iterable[str]) -> Mapping[str, str]:
    """Per module the text of its file, so that what it computes is told apart when it changes."""
    python_features(modules)
    files = {name: importlib.import_module(name).__file__ for name in modules}
    return {name: Path(file).read_text("utf-8") for name, file in files.items() if file}
