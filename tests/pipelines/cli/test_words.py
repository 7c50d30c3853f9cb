"""The words that tables use."""

import datetime as dt

import pytest

from pipelines.cli.words import distance, duration, local, share

_NOON = dt.datetime(2026, 5, 25, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3_600, "1 h"),
        (3_660, "1 h 1 min"),
        (86_400 + 60, "1 d"),
        (-7_200, "2 h"),
        (None, ""),
    ],
)
def test_duration_has_at_most_two_units(seconds: float | None, words: str) -> None:
    """The two largest units that follow each other are told; the sign is dropped."""
    assert duration(seconds) == words


def test_distance_tells_the_direction() -> None:
    """A due time lies ahead or behind."""
    assert distance(_NOON + dt.timedelta(hours=2), as_of=_NOON) == "in 2 h"
    assert distance(_NOON - dt.timedelta(minutes=5), as_of=_NOON) == "5 min ago"
    assert distance(None, as_of=_NOON) == ""


def test_share_never_rounds_a_risk_to_nothing() -> None:
    """A small risk is below one percent, not zero; no risk is zero."""
    assert [share(0.0), share(0.001), share(0.5), share(1.0)] == ["0 %", "<1 %", "50 %", "100 %"]


def test_local_names_the_zone() -> None:
    """An instant is shown in the configured zone with its name."""
    assert local(_NOON, time_zone="Europe/Berlin") == "2026-05-25 14:00 CEST"
