"""What is told of long work where nobody sees a bar: a log, a pipe."""

import pytest

from pipelines.cli import console


def test_a_pipe_hears_how_far_it_is_twice_a_minute(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The beginning at once, then no more than a line in thirty seconds, and none at the end."""
    now = [100.0]
    monkeypatch.setattr(console, "monotonic", lambda: now[0])
    with console.progress_bar("train") as progress:
        for i in range(7):
            progress(f"window {i}", i / 7)
            now[0] += 10
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == ["train ...", "train: 43%, window 3", "train: 86%, window 6"]


def test_short_work_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it says in between."""
    with console.progress_bar("check") as progress:
        progress("reading", 0.5)
    assert capsys.readouterr().err == "check ...\n"
