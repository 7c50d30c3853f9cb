"""Jobs sorted in place: the order, and the ties, of numba's own argsort."""

import numpy as np
import pytest

from forewarn.simulation.quicksort import sort_by_due
from forewarn.simulation.state import JOB
from forewarn.sla.compiled import allocating


@allocating
def argsort(values: np.ndarray) -> np.ndarray:
    """As the kernels would call it if they could."""
    return np.argsort(values)


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 40, 500])
@pytest.mark.parametrize("n_values", [1, 3, 1_000_000])
def test_jobs_come_out_as_argsort_has_them(n: int, n_values: int) -> None:
    """With all due at once, many ties and none; each job keeps its length; the rest is left."""
    rng = np.random.default_rng(n)
    jobs = np.zeros(n + 2, JOB)
    jobs["due"], jobs["place"] = rng.integers(0, n_values, n + 2), np.arange(n + 2)
    jobs["length"] = jobs["place"] / 2
    due = jobs["due"].copy()
    sort_by_due(jobs, n, np.zeros((64, 2), np.int64))
    assert (jobs["place"][:n] == argsort(due[:n])).all()
    assert (jobs["due"] == due[jobs["place"]]).all()
    assert (np.diff(jobs["due"][:n]) >= 0).all()
    assert (jobs["length"] == jobs["place"] / 2).all()
    assert jobs["place"][n:].tolist() == [n, n + 1]
