"""Open time against another's engine: Perl's Business::Hours, which Request Tracker runs on."""

import os
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from forewarn.config import CalendarConfig
from forewarn.sla.calendar import calendar_from_config
from forewarn.sla.intervals import OpenIntervals, add, compile_calendar, elapsed

SECOND = 1_000_000
FIRST, LAST = 1_704_067_200, 1_735_689_600  # the year 2024, UTC: no clock changes
PAIRS, DEADLINES = 10_000, 2_000  # their deadlines list every second on the way: slow
SCRIPT = Path(__file__).with_name("business_hours.pl")
WEEKS: dict[str, dict[str, list[str]]] = {
    "office": {"mon-fri": ["09:00-17:00"]},
    "lunch": {"mon-thu": ["08:30-12:15", "13:00-18:00"], "fri": ["08:30-15:00"]},
    "odd": {"tue": ["10:07-14:32"], "thu": ["00:00-23:59"], "sun": ["12:00-20:30"]},
}
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def compiled(name: str) -> OpenIntervals:
    """The calendar as forewarn compiles it."""
    config: Any = {"time_zone": "UTC", "windows": WEEKS[name]}
    calendar = calendar_from_config(name, CalendarConfig.model_validate(config))
    return compile_calendar(calendar, first=FIRST * SECOND, last=(LAST + 10**8) * SECOND)


def told_to_perl(name: str) -> list[str]:
    """The same hours as lines of the script."""
    lines = []
    for key, windows in WEEKS[name].items():
        first, last = DAYS.index(key.split("-")[0]), DAYS.index(key.split("-")[-1])
        times = [t for w in windows for t in w.split("-")]
        inner = [*times[1:-1]]
        lines += [
            " ".join(["hours", name, str(day), times[0], times[-1], *inner])
            for day in range(first, last + 1)
        ]
    return lines


def ask(lines: list[str]) -> list[int]:
    """What the library answers."""
    perl = shutil.which("perl")
    if perl is None:
        pytest.skip("needs perl")
    probe = subprocess.run([perl, "-MBusiness::Hours", "-e", "1"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip("needs Perl's Business::Hours (Debian: libbusiness-hours-perl)")
    done = subprocess.run(
        [perl, str(SCRIPT)], input="\n".join(lines) + "\n", capture_output=True, text=True,
        check=True, env=os.environ | {"TZ": "UTC"},
    )  # fmt: skip
    return [int(line) for line in done.stdout.split()]


def questions(n: int, *, most: int) -> list[tuple[str, int, int]]:
    """(calendar, start, length in seconds), many of them at full quarters of an hour."""
    draw = random.Random(20240610)  # noqa: S311 - no secret
    found = []
    for _ in range(n):
        grain = draw.choice([1, 900, 3600])
        start = draw.randrange(FIRST, LAST - 40 * 86_400) // grain * grain
        found.append((draw.choice(list(WEEKS)), start, draw.randrange(1, most) // grain * grain))
    return found


def test_open_time_between_two_instants_is_the_same() -> None:
    """Their end second counts where it is open: one second less then, not at closing."""
    asked = questions(PAIRS, most=20 * 86_400)
    lines = [line for name in WEEKS for line in told_to_perl(name)]
    lines += [f"between {name} {start} {start + length}" for name, start, length in asked]
    hours = {name: compiled(name) for name in WEEKS}
    for (name, start, length), theirs in zip(asked, ask(lines), strict=True):
        end = start + length
        ours = elapsed(hours[name], start * SECOND, end * SECOND)[0] // SECOND
        end_is_open = elapsed(hours[name], end * SECOND, (end + 1) * SECOND)[0] > 0
        assert theirs - end_is_open == ours, (name, start, end)


def test_deadlines_are_the_same() -> None:
    """A deadline at a closing instant is for them the next opening."""
    asked = [
        (name, start, length) for name, start, length in questions(DEADLINES, most=86_400) if length
    ]
    lines = [line for name in WEEKS for line in told_to_perl(name)]
    lines += [f"add {name} {start} {length}" for name, start, length in asked]
    hours = {name: compiled(name) for name in WEEKS}
    for (name, start, length), theirs in zip(asked, ask(lines), strict=True):
        due = int(add(hours[name], start * SECOND, length * SECOND)[0])
        following = hours[name].starts[hours[name].starts >= due]
        is_closing = due in hours[name].ends
        assert theirs == (int(following[0]) if is_closing else due) // SECOND, (name, start, length)
