"""Thirty features by two engines that share no code: they agree on every value."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import features_runs
from benchmarks.features_peer import build_thirty
from benchmarks.features_peer_facts import read_frames, read_observations
from benchmarks.features_thirty import THIRTY
from benchmarks.generated import generate_tables
from features.build import build_features
from features.history import History
from forewarn.tables import Tables

N_TICKETS = 3000
Generated = tuple[Tables, History]


@pytest.fixture(scope="module")
def generated() -> Generated:
    """A generated history, and the tables that it was made of."""
    tables = generate_tables(N_TICKETS)
    history, _ = features_runs.record_timed(tables)
    return tables, history


def test_polars_agrees(generated: Generated) -> None:
    """Openings and fixed delays: counts and words are equal, other numbers to twelve digits."""
    _compare(*generated, features_runs.draw_observations(generated[1]))


def test_polars_agrees_at_the_instants_of_events(generated: Generated) -> None:
    """A fact at as_of itself is unseen by both, on the ticket, its customer, group and desk."""
    tables, history = generated
    events = tables.ticket_events
    ticket = np.repeat(np.arange(N_TICKETS), len(events) // N_TICKETS)
    clock = np.searchsorted(history.timelines.clock_ticket, ticket)
    observed = pd.DataFrame({"ticket": ticket, "clock": clock, "as_of": events["known_at"]})
    _compare(tables, history, observed)


def _compare(tables: Tables, history: History, observations: pd.DataFrame) -> None:
    ours = build_features(history, observations, names=THIRTY)
    theirs = build_thirty(
        read_frames(tables), read_observations(observations), top_priority="1"
    ).to_pandas()
    assert set(theirs.columns) == set(THIRTY)
    for name in THIRTY:
        if ours[name].dtype == np.float64:
            _compare_numbers(name, ours[name].to_numpy(), theirs[name].to_numpy(np.float64))
        else:
            assert ours[name].astype(object).equals(theirs[name].astype(object)), name
        assert len(ours[name].unique()) > 1, f"{name} says nothing"


def _compare_numbers(name: str, ours: np.ndarray, theirs: np.ndarray) -> None:
    whole = np.array_equal(ours, np.floor(ours), equal_nan=True)
    tolerance = 0.0 if whole else 1e-12
    np.testing.assert_allclose(theirs, ours, rtol=tolerance, atol=tolerance, err_msg=name)
