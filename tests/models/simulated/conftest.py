"""A desk fitted to sixteen weeks of the demo."""

from pathlib import Path

import pytest

import forewarn
from forewarn.config import Config
from forewarn.config.load import load_config
from forewarn.demo import simulate_desk
from forewarn.tables import SPECS, Tables
from models.simulated.desk import fit_promised
from models.simulated.whatif import Promised


@pytest.fixture(scope="session")
def config() -> Config:
    """The demo's configuration."""
    return load_config(Path(forewarn.__file__).parent / "examples" / "demo.yaml")


@pytest.fixture(scope="session")
def tables() -> Tables:
    """The demo's log of sixteen weeks."""
    made = simulate_desk(seed=7, weeks=16)
    watermark = max(made[name]["known_at"].max() for name in ("tickets", "ticket_events"))
    return Tables(**{n: made[n] for n in SPECS}, watermark=watermark, digest="demo")


@pytest.fixture(scope="session")
def promised(tables: Tables, config: Config) -> Promised:
    """The fitted desk."""
    return fit_promised(tables, config)
