"""Evidence: what counts as change, and what does not."""

import numpy as np
import pandas as pd
import pytest

from forewarn.config.watching import EvidenceConfig
from models.checks import failing, passing, unjudged
from models.conformal import Conformal
from models.evidence import check_volume, evidence_of
from models.evidence_change import Change

SETTINGS = EvidenceConfig()


def change(weekly: tuple[float | None, float | None]) -> Change:
    """Nothing but the volume."""
    empty = pd.DataFrame()
    return Change(empty, empty, empty, empty, weekly)


@pytest.mark.parametrize(
    ("weekly", "passed"),
    [
        ((100.0, 149.0), True),
        ((100.0, 150.0), False),
        ((100.0, 66.0), False),
        ((100.0, None), None),
    ],
)
def test_volume_counts_either_way(
    weekly: tuple[float | None, float | None], *, passed: bool | None
) -> None:
    """Half as much again, or two thirds, is evidence; less than a week is not judged."""
    assert check_volume(change(weekly), settings=SETTINGS).passed is passed


def test_evidence_is_what_failed() -> None:
    """What passed, or cannot be told, is none."""
    checks = (failing("volume", "more"), passing("features", "same"), unjudged("scores", "few"))
    assert evidence_of(checks) == {"volume": "more"}


def test_coverage_is_that_of_what_happened() -> None:
    """At a bound of .3: p .2 holds met, p .8 holds breached, p .5 holds neither."""
    sets = Conformal(0.9, 0.3, 100)
    held = sets.covers(np.array([0.2, 0.2, 0.8, 0.5]), np.array([0.0, 1.0, 1.0, 0.0]))
    assert held.tolist() == [True, False, True, False]
