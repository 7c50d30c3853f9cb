"""Features as short functions of yours, over other features."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from features.spec import Entity, Feature
from features.streams import Floats
from forewarn.errors import ConfigError

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


def module_sources(modules: Iterable[str]) -> Mapping[str, str]:
    """Per module the text of its file, so that what it computes is told apart when it changes."""
    python_features(modules)
    files = {name: importlib.import_module(name).__file__ for name in modules}
    return {name: Path(file).read_text("utf-8") for name, file in files.items() if file}
