"""Evidence in the features: how far they drifted, and what the model leans on."""

import numpy as np
import pytest

from forewarn.config.watching import EvidenceConfig
from models.evidence_features import check_features, divergence

SETTINGS = EvidenceConfig()


def row(name: str, *, gain: float, psi: float = 0.0, bits: float = 0.0) -> dict[str, object]:
    """A feature with its drift."""
    return {"feature": name, "gain": gain, "psi": psi, "divergence": bits}


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
