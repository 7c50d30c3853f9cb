"""How clocks ended, as far as could be known at an instant."""

import numpy as np
import pandas as pd

from forewarn.sla import record
from forewarn.sla.clock import walk_clocks
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines

OUTCOMES = ("met", "breached", "cancelled", "open")
_CHUNK = 1 << 20  # clocks per walk, so that memory does not grow with the history


def label_clocks(timelines: Timelines, *, as_of: int) -> pd.DataFrame:
    """One row per clock in the order of the timelines, by the facts with ``known_at < as_of``.

    ``as_of`` in microseconds. A clock that has not ended counts up to ``as_of`` or to the
    source's watermark, whichever is earlier: beyond it a completion may only be unread yet.

    - ``outcome``: met, breached (also one that is still open, or was cancelled after it),
      cancelled (before it was broken: censored, never met), open;
    - ``is_breached``: 1.0, 0.0, NaN where there is no verdict;
    - ``label_known_at``: when the outcome could first be known; NaT while open;
    - ``completed_at``, ``breached_at``: NaT where there is none;
    - ``elapsed_seconds``: open time that ran until the clock ended, or was last counted.
    """
    parts = [
        _label(timelines, np.arange(begin, min(begin + _CHUNK, len(timelines))), as_of)
        for begin in range(0, max(len(timelines), 1), _CHUNK)
    ]
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _label(timelines: Timelines, clocks: np.ndarray, as_of: int) -> pd.DataFrame:
    until = np.full(clocks.size, min(as_of, timelines.watermark), np.int64)
    seen = np.full(clocks.size, as_of, np.int64)
    records = walk_clocks(timelines, clocks, as_of=seen, until=until, share=-1.0)
    breached = records[record.BREACHED] != NAT
    met = (records[record.STATE] == record.COMPLETED) & ~breached
    cancelled = (records[record.STATE] == record.CANCELLED) & ~breached
    outcome = np.select([met, breached, cancelled], [0, 1, 2], 3)
    known_at = np.where(breached, records[record.DECIDED_KNOWN], records[record.KNOWN])
    completed = records[record.STATE] == record.COMPLETED
    return pd.DataFrame(
        {
            "clock": clocks,
            "outcome": pd.Categorical.from_codes(outcome, categories=pd.Index(OUTCOMES)),
            "is_breached": np.where(breached, 1.0, np.where(met, 0.0, np.nan)),
            "label_known_at": as_instants(np.where(outcome == 3, NAT, known_at)),
            "completed_at": as_instants(np.where(completed, records[record.ENDED], NAT)),
            "breached_at": as_instants(records[record.BREACHED]),
            "elapsed_seconds": records[record.ELAPSED] / 1e6,
        }
    )


def as_instants(microseconds: np.ndarray) -> pd.DatetimeIndex:
    """Microseconds as UTC instants; NAT becomes NaT."""
    return pd.DatetimeIndex(microseconds.view("datetime64[us]")).tz_localize("UTC")
