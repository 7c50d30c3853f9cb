"""Open time and deadlines of single pairs, beside what else there is for Python.

The calendar: Monday to Friday, with a lunch break, closed on the public holidays of Germany,
in UTC, where no clocks change. A peer answers as many pairs as it manages in a few seconds;
what it answers wrongly is counted. Each is asked for what it can express: business-duration
knows no lunch break, pandas whole hours only, and for pandas a deadline at a closing instant
is the next opening. Speeds are by processor time, so what else runs here plays no part.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import process_time
from typing import Any

import numpy as np

from benchmarks.clock_peers import PEERS, Answer
from benchmarks.record import RUNS, Measured, middle
from forewarn.config import CalendarConfig
from forewarn.sla.calendar import calendar_from_config
from forewarn.sla.intervals import OpenIntervals, add, compile_calendar, elapsed

N_PAIRS = 1_000_000
SECONDS_EACH = 3.0
_SECOND = 1_000_000
_FIRST = 1_672_531_200  # 2023-01-01
_SPAN = 2 * 365 * 86_400
_LONGEST = 21 * 86_400
_CONFIG = {
    "time_zone": "UTC",
    "windows": {"mon-fri": ["08:00-12:00", "13:00-18:00"]},
    "holidays": [{"country": "DE"}],
}
_WHOLE_DAY = {**_CONFIG, "windows": {"mon-fri": ["08:00-18:00"]}}
_NIGHT = {**_CONFIG, "windows": {"mon-fri": ["22:00-06:00"]}}
_EARLY = {**_CONFIG, "windows": {"mon-thu": ["08:00-18:00"], "fri": ["08:00-15:00"]}}
_CONFIGS = {"whole_day": _WHOLE_DAY, "early": _EARLY, "night": _NIGHT}


@dataclass(frozen=True)
class Peer:
    """What a peer managed; ``fault``: why it answered nothing."""

    answered: int
    wrong: int
    pairs_per_second: float
    fault: str | None = None


def measure_pairs() -> dict[str, float]:
    """The figures alone."""
    return dict(compare_pairs().figures)


def compare_pairs(*, n_pairs: int = N_PAIRS, seconds_each: float = SECONDS_EACH) -> Measured:
    """Figures, and as details what each peer managed and got wrong.

    ``elapsed_pairs_per_second`` and ``deadline_pairs_per_second`` are ours;
    ``elapsed_ratio_<peer>`` and ``deadline_ratio_<peer>`` how many times a peer's.
    """
    starts, lengths = _draw(n_pairs)
    hours = _compiled(_CONFIG)
    begins, ends, budgets = starts * _SECOND, (starts + lengths) * _SECOND, lengths // 4
    ours = {
        "elapsed": _speed(lambda: elapsed(hours, begins, ends), n_pairs),
        "deadline": _speed(lambda: add(hours, begins, budgets * _SECOND), n_pairs),
    }
    peers = {
        name: _ask(make, *_questions(asked, starts, lengths), seconds_each)
        for name, (asked, make) in PEERS.items()
    }
    return Measured(_figures(ours, peers), {name: asdict(p) for name, p in peers.items()})


def _figures(ours: dict[str, float], peers: dict[str, Peer]) -> dict[str, float]:
    figures = {f"{kind}_pairs_per_second": speed for kind, speed in ours.items()}
    for name, peer in peers.items():
        if peer.answered and not name.endswith(("_early_closing", "_night")):
            speed = ours["deadline" if name.startswith("deadline") else "elapsed"]
            kind, _, of = name.partition("_")
            figures[f"{kind}_ratio_{of}"] = speed / peer.pairs_per_second
    return figures


def _questions(
    asked: str, starts: np.ndarray, lengths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts, lengths or budgets, and what is right, all in seconds."""
    hours = _compiled(_CONFIGS.get(asked, _CONFIG))
    if not asked.startswith("deadline"):
        right = elapsed(hours, starts * _SECOND, (starts + lengths) * _SECOND)
        return starts, lengths, right // _SECOND
    budgets = lengths // 4
    if asked == "deadline_in_hours":
        budgets = np.maximum(budgets // 3600, 1) * 3600
    right = add(hours, starts * _SECOND, budgets * _SECOND)
    if asked == "deadline_in_hours":
        following = np.searchsorted(hours.starts, right)
        right = np.where(np.isin(right, hours.ends), hours.starts[following], right)
    return starts, budgets, right // _SECOND


def _draw(n_pairs: int) -> tuple[np.ndarray, np.ndarray]:
    """Starts and lengths in whole seconds, up to three weeks; the same every time."""
    random = np.random.default_rng(11)
    return _FIRST + random.integers(0, _SPAN, n_pairs), random.integers(1, _LONGEST, n_pairs)


def _compiled(config: dict[str, Any]) -> OpenIntervals:
    calendar = calendar_from_config("office", CalendarConfig.model_validate(config))
    last = (_FIRST + _SPAN + 2 * _LONGEST) * _SECOND
    return compile_calendar(calendar, first=_FIRST * _SECOND, last=last)


def _speed(action: Callable[[], object], n_pairs: int) -> float:
    """Pairs a second; the first call compiles and does not count."""
    action()
    seconds = []
    for _ in range(RUNS):
        begin = process_time()
        action()
        seconds.append(process_time() - begin)
    return n_pairs / middle(seconds)


def _ask(
    make: Callable[[], Answer],
    starts: np.ndarray,
    lengths: np.ndarray,
    expected: np.ndarray,
    seconds: float,
) -> Peer:
    """Put pair after pair to a peer until its time is over."""
    try:
        answer = make()
        answered, wrong, spent = 0, 0, 0.0
        for start, length, right in zip(starts, lengths, expected, strict=True):
            instant = dt.datetime.fromtimestamp(int(start), dt.UTC)
            begin = process_time()
            found = answer(instant, int(length))
            spent += process_time() - begin
            answered, wrong = answered + 1, wrong + (abs(found - int(right)) > 1e-3)
            if spent > seconds:
                break
    except Exception as error:  # noqa: BLE001  # an old peer that fails is told, no failure of ours
        return Peer(0, 0, 0.0, f"{type(error).__name__}: {error}")
    return Peer(answered, wrong, answered / spent)
