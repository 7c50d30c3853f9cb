"""Two public logs, through the commands of the README, to the figures of the protocol."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = [pytest.mark.slow, pytest.mark.real_data, pytest.mark.timeout(1800)]


@dataclass(frozen=True)
class Log:
    """A public log, the instant to score it at, and the zone's offset of its report."""

    name: str
    data: str
    as_of: str


UCI = Log("uci", "uci_incidents/incident_event_log.parquet", "2016-05-25T10:00Z")
BOSTON = Log("boston", "boston311/service_requests_2011h2.parquet", "2011-11-16T10:00-05:00")


@dataclass(frozen=True)
class Finished:
    """A log's workspace after every command, with what evaluate and queue printed."""

    folder: Path
    headline: dict[str, Any]
    queue: list[dict[str, Any]]
    report: Path


def forewarn(*arguments: str, folder: Path) -> str:
    """Run a command in a workspace; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", "from pipelines.cli import main; main()", *arguments],
        cwd=folder, env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def run_everything(log: Log, *, data: Path, folder: Path) -> Finished:
    """init, check, ingest, train, evaluate, score, queue, report.

    The queue is by few trees; the figures are those of the example's own model, with one seed
    of three, in the last window, with fewer resamples for their intervals.
    """
    forewarn("init", "--example", log.name, "--data", str(data / log.data), folder=folder)
    path = folder / "forewarn.yaml"
    example = yaml.safe_load(path.read_text("utf-8"))
    training = example["training"]
    path.write_text(yaml.safe_dump({**example, "training": {**training, "trees": 20}}), "utf-8")
    for command in ("check", "ingest", "train"):
        forewarn(command, folder=folder)
    last = {**training, "seeds": [1], "cutoffs": training["cutoffs"][-1:]}
    judged = {**example["evaluation"], "bootstrap": 100}
    path.write_text(yaml.safe_dump({**example, "training": last, "evaluation": judged}), "utf-8")
    figures = json.loads(forewarn("evaluate", "--json", folder=folder))
    forewarn("score", "--as-of", log.as_of, folder=folder)
    queue = json.loads(forewarn("queue", "--json", folder=folder))
    report = Path(forewarn("report", folder=folder).strip())
    return Finished(folder, figures["metrics"]["resolution"]["headline"], queue, report)


@pytest.fixture(scope="module")
def uci(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The incident log, finished."""
    return run_everything(UCI, data=real_data, folder=tmp_path_factory.mktemp("uci"))


@pytest.fixture(scope="module")
def boston(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The city's service requests, finished."""
    return run_everything(BOSTON, data=real_data, folder=tmp_path_factory.mktemp("boston"))


def ours(headline: dict[str, Any], landmark: str, figure: str) -> float:
    """Our model's figure at a landmark."""
    value: float = headline["landmarks"][landmark]["models"]["forewarn"][figure]["value"]
    return value


def test_incidents_are_judged_at_least_as_well_as_by_plain_lightgbm(uci: Finished) -> None:
    """May 2016: 7,056 incidents at opening; AUC .850 there, .766 at half of the budget."""
    opening = uci.headline["landmarks"]["opening"]
    assert opening["n"] == 7056
    assert opening["base_rate"]["value"] == pytest.approx(0.366, abs=0.0005)
    assert uci.headline["all_observations"]["n"] == 18825
    assert ours(uci.headline, "opening", "auc") >= 0.850
    assert ours(uci.headline, "0.5", "auc") >= 0.766
    pooled = uci.headline["all_observations"]["models"]["forewarn"]
    assert pooled["brier"]["value"] <= 0.117


def test_requests_are_judged_at_least_as_well_as_by_plain_lightgbm(boston: Finished) -> None:
    """November 2011, imported deadlines: AUC .860, average precision .724, Brier .131."""
    opening = boston.headline["landmarks"]["opening"]
    assert opening["n"] == 5660
    assert opening["base_rate"]["value"] == pytest.approx(0.280, abs=0.0005)
    assert ours(boston.headline, "opening", "auc") >= 0.860
    assert ours(boston.headline, "opening", "average_precision") >= 0.724
    assert ours(boston.headline, "opening", "brier") <= 0.131


@pytest.mark.parametrize(("log", "n_snapshots"), [("uci", 22), ("boston", 22)])
def test_riskiest_tenth_of_the_daily_snapshots_breaches_more(
    log: str, n_snapshots: int, request: pytest.FixtureRequest
) -> None:
    """Over the weekdays of the month the top tenth's interval lies above the base share."""
    snapshots = request.getfixturevalue(log).headline["snapshots"]
    top = snapshots["models"]["forewarn"]["top_tenth_share"]
    assert snapshots["n_snapshots"] == n_snapshots
    assert top["low"] > snapshots["base_share"]["high"]


@pytest.mark.parametrize("log", ["uci", "boston"])
def test_queue_is_by_the_model_and_has_reasons(log: str, request: pytest.FixtureRequest) -> None:
    """Scored at an instant of the test month, the queue's ranked tickets carry a risk."""
    queue = request.getfixturevalue(log).queue
    live = [row for row in queue if row["list"] == "ranked" and not row["is_breached"]]
    assert len(live) > 100
    assert all(0 <= row["breach_probability"] <= 1 for row in live)
    assert all(row["reason"] for row in queue)


@pytest.mark.parametrize("log", ["uci", "boston"])
def test_report_is_one_file(log: str, request: pytest.FixtureRequest) -> None:
    """The managers' report is there and below two megabytes."""
    size = request.getfixturevalue(log).report.stat().st_size
    assert 10_000 < size <= 2_000_000
