"""Jobs sorted in place: by due date, then by ticket."""

import numpy as np
import pytest

from forewarn.simulation.quicksort import sort_by_due
from forewarn.simulation.state import JOB


@pytest.mark.parametrize("n", [0, 1, 2, 15, 16, 17, 40, 500])
@pytest.mark.parametrize("n_values", [1, 3, 1_000_000])
def test_jobs_come_out_by_due_date_then_ticket(n: int, n_values: int) -> None:
    """With all due at once, many ties and none; each job keeps its length; the rest is left."""
    rng = np.random.default_rng(n)
    jobs = np.zeros(n + 2, JOB)
    jobs["due"], jobs["ticket"] = rng.integers(0, n_values, n + 2), rng.permutation(n + 2)
    jobs["length"] = jobs["ticket"] / 2
    given = jobs.copy()
    sort_by_due(jobs, n, np.zeros((64, 2), np.int64))
    order = np.lexsort((given["ticket"][:n], given["due"][:n]))
    assert (jobs[:n] == given[:n][order]).all()
    assert (jobs[n:] == given[n:]).all()
