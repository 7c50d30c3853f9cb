"""A synthetic training table with a planted signal, and a bundle made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forewarn.config import Config, parse_config
from models.breach import BreachModel, fit_breach_model
from models.bundle import ModelBundle
from models.golden import choose_golden
from models.work import assumed_work

CONFIG = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  policies:
    - {name: all, targets: {resolution: 8h}}
training:
  trees: 60
  learning_rate: 0.1
"""


@dataclass(frozen=True)
class Planted:
    """Features and outcomes of 1,500 tickets, two observations each."""

    features: pd.DataFrame
    outcomes: pd.DataFrame


def plant(*, seed: int, strength: float = 2.0, tickets: int = 1500) -> Planted:
    """Breaches that depend on a number and a category, and nothing else."""
    draw = np.random.default_rng(seed)
    ticket = np.repeat(np.arange(tickets), 2)
    opened = pd.Timestamp("2026-01-01", tz="UTC") + pd.to_timedelta(np.arange(tickets), unit="h")
    as_of = opened.repeat(2) + pd.to_timedelta(np.tile([0, 240], tickets), unit="min")
    share = draw.uniform(0, 1, 2 * tickets)
    group = draw.choice(["amber", "blue", "coral"], tickets).repeat(2)
    score = strength * (share - 0.5) * 2 + strength * (group == "blue") - strength / 2
    breached = draw.uniform(0, 1, tickets).repeat(2) < 1 / (1 + np.exp(-score))
    features = pd.DataFrame(
        {
            "ticket_share": np.where(draw.uniform(0, 1, 2 * tickets) < 0.05, np.nan, share),
            "ticket_group": pd.Categorical(group),
            "ticket_noise": draw.normal(0, 1, 2 * tickets),
        }
    )
    outcomes = pd.DataFrame(
        {
            "clock": ticket,
            "ticket": ticket,
            "metric": "resolution",
            "landmark": np.tile(["opening", "0.5"], tickets),
            "is_paused": False,
            "as_of": as_of,
            "due_at": opened.repeat(2) + pd.Timedelta(hours=8),
            "label_known_at": opened.repeat(2) + pd.Timedelta(hours=8),
            "is_breached": breached.astype(float),
            "is_censored": False,
            "weight": 0.5,
        }
    )
    return Planted(features, outcomes)


@pytest.fixture(scope="session")
def config() -> Config:
    """A small configuration; sixty trees."""
    return parse_config(CONFIG)


@pytest.fixture(scope="session")
def planted() -> Planted:
    """The table that the models of these tests learn from."""
    return plant(seed=5)


@pytest.fixture(scope="session")
def model(planted: Planted, config: Config) -> BreachModel:
    """A model of the planted table."""
    return fit_breach_model(
        planted.features, planted.outcomes, metric="resolution", config=config, seed=1
    )


@pytest.fixture(scope="session")
def bundle(planted: Planted, model: BreachModel) -> ModelBundle:
    """A bundle that holds that model alone."""
    return ModelBundle(
        models={"resolution": model},
        refused={"first_response": "first_response: too little"},
        work=assumed_work("nothing is known"),
        cutoff=pd.Timestamp("2026-03-05", tz="UTC"),
        feature_names=model.feature_names,
        digests={"data": "d" * 64},
        policy_version="1",
        golden={"resolution": choose_golden(model, planted.features, seed=1)},
        versions={"lightgbm": "4.7.0"},
        settings={"trees": "60"},
    )


@pytest.fixture
def saved(bundle: ModelBundle, tmp_path: Path) -> Path:
    """A folder with the bundle in it."""
    from models.bundle import save_bundle

    save_bundle(bundle, tmp_path / "bundle")
    return tmp_path / "bundle"


@pytest.fixture(scope="session")
def plant_table() -> Callable[..., Planted]:
    """Makes further tables of the same kind."""
    return plant
