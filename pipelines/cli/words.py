"""Times, durations and probabilities in the words that tables use."""

import datetime as dt

from forewarn.local_time import local

__all__ = ["distance", "duration", "local", "plural", "service_time", "share"]

_STEPS = (("d", 86_400), ("h", 3_600), ("min", 60))
_SERVICE_STEPS = _STEPS[1:]


def duration(seconds: float | None) -> str:
    """The two largest units of a length of time; the sign is dropped.

    >>> duration(93_780)
    '1 d 2 h'
    >>> duration(-59)
    '59 s'
    """
    return _in_words(seconds, _STEPS)


def service_time(seconds: float | None) -> str:
    """The same for time in which a desk is open: its days are not of 24 hours.

    >>> service_time(187_380)
    '52 h 3 min'
    """
    return _in_words(seconds, _SERVICE_STEPS)


def _in_words(seconds: float | None, steps: tuple[tuple[str, int], ...]) -> str:
    if seconds is None:
        return ""
    rest = round(abs(seconds))
    parts: list[str] = []
    for unit, size in steps:
        amount, rest = divmod(rest, size)
        if amount or parts:
            parts.append(f"{amount} {unit}" if amount else "")
        if len(parts) == 2:
            break
    return " ".join(filter(None, parts)) or f"{rest} s"


def distance(instant: dt.datetime | None, *, as_of: dt.datetime) -> str:
    """How far an instant lies from ``as_of``; empty where there is none."""
    if instant is None:
        return ""
    seconds = (instant - as_of).total_seconds()
    return f"in {duration(seconds)}" if seconds >= 0 else f"{duration(seconds)} ago"


def share(value: float | None) -> str:
    """A probability or share as a percentage.

    >>> share(0.124), share(0.004), share(None)
    ('12 %', '<1 %', '')
    """
    if value is None:
        return ""
    return "<1 %" if 0 < value < 0.01 else f"{100 * value:.0f} %"


def plural(n: int, noun: str) -> str:
    """A count with its noun.

    >>> plural(1, "ticket"), plural(1234, "ticket")
    ('1 ticket', '1,234 tickets')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
