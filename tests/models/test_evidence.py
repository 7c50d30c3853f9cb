"""Evidence: what counts as change, and what does not."""

import numpy as np
import pandas as pd
import pytest

from forewarn.config.watching import EvidenceConfig
from models.checks import failing, passing, unjudged
from models.conformal import Conformal
from models.evidence import Change, check_features, check_volume, divergence, evidence_of

SETTINGS = EvidenceConfig()


def row(name: str, *, gain: float, psi: float = 0.0, bits: float = 0.0) -> dict[str, object]:
    """A feature with its drift."""
    return {"feature": name, "gain": gain, "psi": psi, "divergence": bits}


def change(weekly: tuple[float | None, float | None]) -> Change:
    """Nothing but the volume."""
    empty = pd.DataFrame()
    return Change(empty, empty, empty, empty, weekly)


def test_divergence_of_known_samples() -> None:
    """Three quarters against one quarter: .1887 bits, by hand."""
    first, last = np.array([0, 0, 0, 1]), np.array([0, 1, 1, 1])
    assert divergence(first, last) == pytest.approx(0.18872, abs=1e-5)
    assert divergence(last, first) == pytest.approx(0.18872, abs=1e-5)


def test_drift_counts_by_what_the_model_leans_on() -> None:
    """Many features that hardly matter are no evidence; one that matters is."""
    minor = [row(f"f{i}", gain=0.005, psi=3.0) for i in range(10)]
    check = check_features([row("main", gain=0.95), *minor], settings=SETTINGS)
    assert check.passed
    assert "10 of 11 features drift, 5%" in check.reason
    by_divergence = check_features([row("main", gain=0.5, bits=0.1)], settings=SETTINGS)
    assert by_divergence.passed is False
    assert "(main)" in by_divergence.reason


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
