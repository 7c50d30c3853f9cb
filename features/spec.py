"""What a feature is: a declaration from which it is computed, documented and tested."""

from dataclasses import dataclass
from typing import Literal

Entity = Literal["ticket", "clock", "customer", "health", "group", "agent", "load", "time"]
Measure = Literal[
    "last", "word", "age", "since", "held", "count", "sum", "mean", "median", "mean_change",
    "change", "slope", "first_gap", "waiting_share", "level", "level_share", "level_per_shift",
    "shift_share", "level_ratio", "ratio", "hour_of_week_ratio", "rate", "lift", "reading",
    "number", "local", "opening", "python",
]  # fmt: skip
MEASURES: dict[str, str] = {
    "last": "the latest value that was visible",
    "word": "the latest text that was visible",
    "age": "hours since the latest fact became visible",
    "since": "hours since an instant that the latest fact names",
    "held": "hours since the state that now holds was first visible",
    "count": "number of facts in the window, by rows or by a column that counts them",
    "sum": "sum of a column over the facts of the window",
    "mean": "mean of a column over the facts of the window",
    "median": "median of a column over the facts of the window",
    "mean_change": "mean over the window less the mean over the rest of the trailing window",
    "change": "latest value less the one that was the latest when the window began",
    "slope": "rise per day of the least squares line through the facts of the window",
    "first_gap": "hours between the first two facts",
    "waiting_share": "share of the time since the first fact that was spent waiting",
    "level": "running sum of a column over everything visible",
    "level_share": "one level as a share of another",
    "level_per_shift": "a level over the agents whose shift is open at as_of",
    "shift_share": "agents whose shift is open at as_of, over those whose shift is known",
    "level_ratio": "(level + 1) over (its mean over time within the window + 1)",
    "ratio": "(facts in the window + 1) over (facts expected from the trailing window + 1)",
    "hour_of_week_ratio": (
        "(facts in the window + 1) over (their mean in the same hours of the weeks before + 1)"
    ),
    "rate": "breached clocks per clock that counts, mixed with 10 clocks of the overall rate",
    "lift": "the rate less the overall rate",
    "reading": "what the clock itself says at as_of",
    "number": "a number that the ticket came with",
    "local": "wall time in the desk's zone",
    "opening": "where as_of lies in the opening hours of the clock's calendar",
    "python": "a function of yours over other features",
}
NO_STREAM = ("clock", "ticket", "time", "features")
"""In place of a stream: the clock, what the ticket came with, wall time, other features."""
STATE_KEYS = ("group", "agent", "priority", "category")
"""Keys that a ticket can change: taken from its path as of the observation."""
_UNITS = {"m": 60, "h": 3600, "d": 86400}
HOUR = 3_600_000_000
"""Microseconds."""
DAY = 24 * HOUR


@dataclass(frozen=True)
class Feature:
    """One column of the feature table; ``build_features`` computes it from this alone.

    ``stream``: whose facts are asked, or ``clock``, ``ticket``, ``time``. ``key``: what of the
    observation selects the facts (see ``features.sight``). ``column``: of the stream.
    ``window``: how far back facts count, from as_of; None: everything. ``trailing``: the
    longer window that a ratio compares with. ``of``: the column that a level share divides by,
    with its stream, or the one that counts what a mean or median is taken of; rows count where
    it is empty. Columns of int64 are times in microseconds.
    ``null``: what a missing value means. ``is_identity``: tells single agents apart; such
    features are off unless the configuration turns them on. ``is_default``: whether models see
    it without being told to (see ``features.include``).
    """

    name: str
    entity: Entity
    stream: str
    measure: Measure
    unit: str
    null: str
    why: str
    key: str = "ticket"
    column: str = ""
    window: str | None = None
    trailing: str | None = None
    of: str = ""
    is_identity: bool = False
    is_default: bool = True

    @property
    def is_category(self) -> bool:
        """Whether the values are texts; all others are float64."""
        return self.measure == "word"


def span(window: str | None) -> int | None:
    """A window in microseconds.

    >>> span("2d") // HOUR
    48
    """
    return None if window is None else int(window[:-1]) * _UNITS[window[-1]] * 1_000_000
