"""The page docs/clock.md, line by line: what it says is what the engine does."""

import re

import numpy as np
import pandas as pd
import pytest
from clock_cases import Case, Read, calendar, cases, duration, instant, tables
from sla_tables import make_tables

from forewarn.config import METRICS, CalendarConfig
from forewarn.sla.calendar import calendar_from_config
from forewarn.sla.clock import STATES, Readings, read_clocks
from forewarn.sla.intervals import ALWAYS, OpenIntervals, add, compile_calendar, elapsed, subtract
from forewarn.sla.labels import label_clocks
from forewarn.sla.openings import NAT
from forewarn.sla.timeline import Timelines, build_timelines


def opening_hours(text: str) -> tuple[OpenIntervals, str]:
    """Opening hours of the page compiled for its years, 2011 to 2024."""
    config, zone = calendar(text)
    if config is None:
        return ALWAYS, zone
    named = calendar_from_config("page", CalendarConfig.model_validate(config))
    first, last = instant("2011-01-01 00:00", "UTC"), instant("2024-12-31 00:00", "UTC")
    return compile_calendar(named, first=first, last=last), zone


def named(row: dict[str, str]) -> str:
    """A table's row as the name of its test."""
    return " | ".join(row.values())


@pytest.mark.parametrize("row", tables("from", "budget"), ids=named)
def test_a_budget_is_spent_when_so_much_was_open(row: dict[str, str]) -> None:
    """The page's table of budgets."""
    hours, zone = opening_hours(row["opening hours"])
    spent = add(hours, instant(row["from"], zone), duration(row["budget"]))
    assert spent[0] == instant(row["spent at"], zone)


@pytest.mark.parametrize("row", tables("from", "to"), ids=named)
def test_open_time_between_two_instants(row: dict[str, str]) -> None:
    """The page's table of durations."""
    hours, zone = opening_hours(row["opening hours"])
    start, end = instant(row["from"], zone), instant(row["to"], zone)
    assert elapsed(hours, start, end)[0] == duration(row["open"])
    assert end - start == duration(row["by the wall"])


@pytest.mark.parametrize("row", tables("until", "lead"), ids=named)
def test_lead_time_counts_back_in_open_time(row: dict[str, str]) -> None:
    """The page's table of lead times."""
    hours, zone = opening_hours(row["opening hours"])
    begin = subtract(hours, instant(row["until"], zone), duration(row["lead"]))
    assert begin[0] == instant(row["from"], zone)


def named_case(case: Case) -> str:
    """A case's sentence as the name of its test."""
    return case.sentence[:90]


@pytest.mark.parametrize("case", cases(), ids=named_case)
def test_a_clock_reads_as_the_page_says(case: Case) -> None:
    """Every block of the page."""
    history = make_tables([case.ticket], case.events, watermark=case.watermark or latest(case))
    timelines = build_timelines(history, case.config())
    assert case.reads
    for read in case.reads:
        if read.expected == ("no clock",):
            assert not clocks_of(timelines, read).size
            continue
        (clock,) = clocks_of(timelines, read)
        readings = read_clocks(timelines, clock, as_of=read.at)
        row = label_clocks(timelines, as_of=read.at).iloc[clock]
        for text in read.expected:
            told = (
                label(row, case, text) if text.startswith("label") else said(readings, case, text)
            )
            assert told == text


def latest(case: Case) -> int:
    """A source that is complete up to the last reading."""
    return max(read.at for read in case.reads)


def clocks_of(timelines: Timelines, read: Read) -> np.ndarray:
    """The position of the clock that a line reads; empty where there is none."""
    metric = timelines.clock_metric == METRICS.index(read.metric)
    return np.flatnonzero(metric & (timelines.clock_cycle == read.cycle))


def said(readings: Readings, case: Case, text: str) -> str:
    """What the engine says, in the words of an expectation."""
    lengths = {
        "elapsed": readings.elapsed, "held": readings.paused, "remaining": readings.remaining,
        "over": -readings.remaining, "wall": readings.calendar_elapsed,
        "wall held": readings.calendar_paused,
    }  # fmt: skip
    places = {"due": readings.due_at, "due if resumed": readings.due_if_resumed_at,
              "breached": readings.breached_at}  # fmt: skip
    if text in ("no due", "not breached"):
        found = readings.due_at if text == "no due" else readings.breached_at
        return text if found[0] == NAT else f"not {text}"
    for key, values in lengths.items():
        if re.fullmatch(rf"{key} [\d hms]+", text):
            wanted = duration(text.removeprefix(key).strip())
            return text if values[0] == wanted else f"{key} {values[0] / 1e6} s"
    for key, values in places.items():
        rest = text.removeprefix(key + " ")
        if text.startswith(key + " ") and rest[0] in "nMTWFS2":
            wanted = case.instant(rest)
            return text if values[0] == wanted else f"{key} {np.datetime64(int(values[0]), 'us')}"
    if text.startswith("share"):
        return f"share {readings.share[0]:.0%}"
    return STATES[readings.state[0]].replace("_", " ")


def label(row: pd.Series, case: Case, text: str) -> str:
    """What the label says, in the words of an expectation."""
    if text.startswith("label known"):
        wanted = case.instant(text.removeprefix("label known "))
        known = row["label_known_at"].timestamp() * 1_000_000
        return text if known == wanted else f"label known {row['label_known_at']}"
    return f"label {row['outcome']}"
