"""What all tests share: the real data where it is, a small world, a few weeks of the demo desk."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import hypothesis
import pandas as pd
import pytest

from forewarn.config import Config, parse_config
from forewarn.tables import Tables

_HERE = Path(__file__).parent
_EXAMPLES = _HERE.parent / "forewarn" / "examples"

# The first call of a kernel compiles it, which no example may be blamed for.
hypothesis.settings.register_profile("forewarn", deadline=None)
hypothesis.settings.load_profile("forewarn")


@pytest.hookimpl(trylast=True)  # after pytest-randomly, whose order stays within each half
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Slow tests first: begun last, one of them keeps a single worker busy for minutes."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def _load(name: str) -> ModuleType:
    """A module of this folder; tests are no package, so nothing can import it by name."""
    spec = importlib.util.spec_from_file_location(f"tests_{name}", _HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the public data sets; the test is skipped where it is absent."""
    folder = Path(os.environ.get("FOREWARN_DATA", _HERE.parent.parent / "shared" / "data"))
    if not (folder / "uci_incidents").is_dir():
        pytest.skip(f"the public data sets are not in {folder}; FOREWARN_DATA names their folder")
    return folder


@pytest.fixture(scope="session")
def as_tables() -> Callable[..., Tables]:
    """Makes Tables of frames by name; missing tables are empty, missing columns null."""
    made: Callable[..., Tables] = _load("small_world").as_tables
    return made


@pytest.fixture(scope="session")
def small_tables(as_tables: Callable[..., Tables]) -> Tables:
    """A seeded small world: about 250 tickets in eight weeks, with all that is awkward."""
    frames: dict[str, pd.DataFrame] = _load("small_world").small_world(seed=11)
    return as_tables(frames)


@pytest.fixture(scope="session")
def small_config() -> Config:
    """The small world's calendars, policies and settings."""
    return parse_config(_load("small_world").CONFIG)


@pytest.fixture(scope="session")
def demo_tables(as_tables: Callable[..., Tables]) -> Tables:
    """Six weeks of the demo desk."""
    from forewarn.demo import simulate_desk

    frames = simulate_desk(seed=7, weeks=6)
    return as_tables({name: frame for name, frame in frames.items() if "truth" not in name})


@pytest.fixture(scope="session")
def demo_config() -> Config:
    """The configuration that the demo comes with."""
    return parse_config((_EXAMPLES / "demo.yaml").read_text("utf-8"))
