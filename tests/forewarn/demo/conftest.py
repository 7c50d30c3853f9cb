"""One simulated history for all tests of this folder."""

import pandas as pd
import pytest

from forewarn.demo import simulate_desk


@pytest.fixture(scope="session")
def year() -> dict[str, pd.DataFrame]:
    """The demo's own history: seed 7, 52 weeks."""
    return simulate_desk(seed=7, weeks=52)
