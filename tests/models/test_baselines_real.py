"""Baselines on the public data sets give the published figures."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from features.history import build_history
from forewarn.examples import init_workspace
from forewarn.ingest import ingest
from forewarn.tables import read_tables
from forewarn.workspace import Workspace
from models.evaluation_data import Observed, observe_landmarks
from models.evaluation_window import opened_in, take
from models.metrics import average_precision, brier_score, roc_auc
from models.splits import rolling_cutoffs

pytestmark = [pytest.mark.real_data, pytest.mark.slow]
FILES = {
    "uci": "uci_incidents/incident_event_log.parquet",
    "boston": "boston311/service_requests_2011h2.parquet",
}


@dataclass(frozen=True)
class Judged:
    """The test observations of the headline window at one landmark."""

    observed: Observed

    def figures(self, baseline: str, *landmarks: str) -> list[float]:
        """AUC and average precision at each landmark."""
        found = []
        for landmark in landmarks:
            mask = (self.observed.rows["landmark"] == landmark).to_numpy()
            truth = self.observed.rows["is_breached"].to_numpy(float)[mask]
            score = self.observed.scores[baseline][mask]
            found += [roc_auc(truth, score), average_precision(truth, score)]
        return found

    def brier(self, baseline: str, landmark: str) -> float:
        """Brier score at a landmark."""
        mask = (self.observed.rows["landmark"] == landmark).to_numpy()
        truth = self.observed.rows["is_breached"].to_numpy(float)[mask]
        return brier_score(truth, self.observed.scores[baseline][mask])


@pytest.fixture(scope="module")
def judged(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Judged]:
    """Ingest an example and take what its last window tests."""

    def made(example: str) -> Judged:
        ws = Workspace(tmp_path_factory.mktemp(example) / "workspace")
        init_workspace(ws.root, example=example, data=real_data / FILES[example])
        ingest(ws)
        history = build_history(read_tables(ws.tables), ws.config, folder=ws.history)
        observed = observe_landmarks(history, ws.config, metric="resolution")
        window = rolling_cutoffs(history, observed.rows, ws.config)[-1]
        return Judged(take(observed, opened_in(observed.rows, window)))

    return made


def test_uci_observations_and_baselines(judged: Callable[[str], Judged]) -> None:
    """May 2016: 7,056 at opening (.366), 18,825 in all (.685); the group's rate, time left."""
    may = judged("uci")
    rows = may.observed.rows
    opening = rows[rows["landmark"] == "opening"]
    assert (len(opening), len(rows)) == (7056, 18825)
    assert opening["is_breached"].mean() == pytest.approx(0.366, abs=0.0006)
    assert rows["is_breached"].mean() == pytest.approx(0.685, abs=0.0006)
    assert not rows["is_censored"].any()
    group = may.figures("group_rate_known", "opening", "0.5")
    assert group[:3] == pytest.approx([0.776, 0.662, 0.625], abs=0.006)
    time_left = may.figures("time_left", "opening", "0.5")
    assert time_left[:3] == pytest.approx([0.703, 0.546, 0.514], abs=0.0015)


def test_boston_observations_and_baselines(judged: Callable[[str], Judged]) -> None:
    """November 2011: 5,660 (.280) a minute after opening; the queue's and the type's rates."""
    november = judged("boston")
    rows = november.observed.rows
    opening = rows[rows["landmark"] == "opening"]
    assert len(opening) == 5660
    assert opening["is_breached"].mean() == pytest.approx(0.280, abs=0.0006)
    published = {
        "group_rate_known": (0.863, 0.700, 0.131),
        "group_rate_matured": (0.839, 0.637, 0.152),
        "type_rate_known": (0.808, 0.650, 0.151),
        "type_rate_matured": (0.830, 0.665, 0.144),
    }
    for name, figures in published.items():
        found = (*november.figures(name, "opening"), november.brier(name, "opening"))
        assert found == pytest.approx(figures, abs=0.004)
