"""The report in a real browser: it draws, asks for nothing outside, and complains of nothing."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from forewarn.workspace import Workspace
from serving.report.build import write_report

_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=8000",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's command; without one the test is skipped, and says so."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no chromium: install it, or the report is not looked at")
        pytest.skip("no chromium here: 'apt-get install chromium' to look at the report")
    return found


def _browse(
    chromium: str, page: Path, folder: Path, *more: str
) -> subprocess.CompletedProcess[str]:
    command = [chromium, *_FLAGS, f"--user-data-dir={folder}", *more, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def test_all_charts_are_drawn_without_complaint_or_request(
    chromium: str, judged: Workspace, publish: Callable[..., None], tmp_path: Path
) -> None:
    """Every chart draws itself, the console stays silent, and nothing else is asked for."""
    publish(judged)
    page, log = write_report(judged), tmp_path / "net.json"
    found = _browse(
        chromium, page, tmp_path / "profile", "--dump-dom", "--enable-logging=stderr",
        f"--log-net-log={log}",
    )  # fmt: skip
    assert found.stdout.count('class="chart drawn"') == found.stdout.count("<figure") >= 4
    assert [line for line in found.stderr.splitlines() if "CONSOLE" in line] == []
    assert _requested(log) == set()


def test_a_request_would_be_seen(chromium: str, tmp_path: Path) -> None:
    """The proof of the proof: a picture from elsewhere appears in the browser's log."""
    page, log = tmp_path / "page.html", tmp_path / "net.json"
    page.write_text('<img src="http://elsewhere.invalid/picture.png">', "utf-8")
    _browse(chromium, page, tmp_path / "profile", "--dump-dom", f"--log-net-log={log}")
    assert _requested(log) == {"http://elsewhere.invalid/picture.png"}


def _requested(log: Path) -> set[str]:
    """Addresses that the page asked for; what the browser asks for itself has no origin."""
    content = json.loads(log.read_text("utf-8"))
    kind = content["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    asked = [e["params"] for e in content["events"] if e["type"] == kind and "params" in e]
    return {p["url"] for p in asked if "url" in p and p.get("initiator") != "not an origin"}


def test_it_prints_with_pictures_of_the_charts(
    chromium: str, judged: Workspace, publish: Callable[..., None], tmp_path: Path
) -> None:
    """A PDF of several pages comes out."""
    publish(judged)
    target = tmp_path / "report.pdf"
    _browse(chromium, write_report(judged), tmp_path / "profile", f"--print-to-pdf={target}")
    content = target.read_bytes()
    assert content.startswith(b"%PDF")
    assert len(content) > 30_000
