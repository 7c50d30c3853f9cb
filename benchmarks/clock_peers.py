"""Other libraries that reckon in opening hours, each as a function from a start and a length.

The hours are those of ``clock_pairs``; every peer is set up as its own documentation says.
"""
# ruff: noqa: PLC0415  # a peer that cannot be imported is told in the output

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

YEARS = range(2023, 2026)
Answer = Callable[[dt.datetime, int], float]
"""Seconds of open time, or of a deadline since 1970, from a start and a length in seconds."""


def _german_holidays() -> Any:
    import holidays

    return holidays.country_holidays("DE", years=YEARS, language="de")


def _with_lunch() -> Any:
    import businesstimedelta as peer

    day = peer.WorkDayRule(dt.time(8), dt.time(18), [0, 1, 2, 3, 4])
    lunch = peer.WorkDayRule(dt.time(12), dt.time(13), [0, 1, 2, 3, 4], time_off=True)
    return peer.Rules([day, lunch, peer.HolidayRule(_german_holidays())])


def _with_early_closing() -> Any:
    import businesstimedelta as peer

    usual = peer.WorkDayRule(dt.time(8), dt.time(18), [0, 1, 2, 3])
    friday = peer.WorkDayRule(dt.time(8), dt.time(15), [4])
    return peer.Rules([usual, friday, peer.HolidayRule(_german_holidays())])


def _with_nights() -> Any:
    import businesstimedelta as peer

    night = peer.WorkDayRule(dt.time(22), dt.time(6), [0, 1, 2, 3, 4])
    return peer.Rules([night, peer.HolidayRule(_german_holidays())])


def _elapsed_businesstimedelta(make_rules: Callable[[], Any] = _with_lunch) -> Answer:
    rules = make_rules()

    def answer(start: dt.datetime, length: int) -> float:
        found = rules.difference(start, start + dt.timedelta(seconds=length))
        return float(found.timedelta.total_seconds())

    return answer


def _deadline_businesstimedelta() -> Answer:
    import businesstimedelta as peer

    rules = _with_lunch()

    def answer(start: dt.datetime, length: int) -> float:
        due: dt.datetime = start + peer.BusinessTimeDelta(rules, seconds=length)
        return due.timestamp()

    return answer


def _elapsed_business_duration() -> Answer:
    from business_duration import businessDuration

    holidays = _german_holidays()

    def answer(start: dt.datetime, length: int) -> float:
        begin, end = (pd.Timestamp(t).tz_localize(None) for t in _ends(start, length))
        return float(businessDuration(begin, end, dt.time(8), dt.time(18), [5, 6], holidays, "sec"))

    return answer


def _ends(start: dt.datetime, length: int) -> tuple[dt.datetime, dt.datetime]:
    return start, start + dt.timedelta(seconds=length)


def _deadline_pandas() -> Answer:
    hour = pd.offsets.CustomBusinessHour(
        start=["08:00", "13:00"], end=["12:00", "18:00"], holidays=list(_german_holidays())
    )

    def answer(start: dt.datetime, length: int) -> float:
        begin = pd.Timestamp(start).tz_localize(None)
        return float((begin + hour * (length // 3600)).timestamp())

    return answer


PEERS: dict[str, tuple[str, Callable[[], Answer]]] = {
    "elapsed_businesstimedelta": ("elapsed", _elapsed_businesstimedelta),
    "elapsed_businesstimedelta_early_closing": (
        "early",
        partial(_elapsed_businesstimedelta, _with_early_closing),
    ),
    "elapsed_businesstimedelta_night": (
        "night",
        partial(_elapsed_businesstimedelta, _with_nights),
    ),
    "elapsed_business_duration": ("whole_day", _elapsed_business_duration),
    "deadline_businesstimedelta": ("deadline", _deadline_businesstimedelta),
    "deadline_pandas": ("deadline_in_hours", _deadline_pandas),
}
"""By what is asked of them; the kind of question says which calendar they can express."""
