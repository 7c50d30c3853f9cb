"""The queue as people would have seen it: daily snapshots, the riskiest tenth, the day's capacity.

Within each snapshot all open, unbreached clocks are ranked by risk as of then. The selection
is made once; the interval of its breach share comes from the bootstrap over tickets.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from forewarn.config.settings import SnapshotConfig
from models.bootstrap import Interval, interval, mean_over, ratio
from models.evaluation_scored import Scored
from models.metrics import Floats, top_shares

TOP_SHARE = 0.1
"""The share of the open clocks that counts as the top of the queue."""


def snapshot_instants(
    config: SnapshotConfig, *, start: pd.Timestamp, end: pd.Timestamp
) -> pd.DatetimeIndex:
    """The configured time of every day (or weekday) in ``[start, end)``, as UTC instants.

    A time that a clock change skips is taken an hour on; of a repeated one, the first.
    """
    zone = ZoneInfo(config.time_zone)
    first, last = start.tz_convert(zone).date(), end.tz_convert(zone).date()
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    kept = [d for d in days if d.weekday() < 5 or not config.weekdays_only]
    local = [dt.datetime.combine(d, config.at, tzinfo=zone) for d in kept]
    instants = pd.DatetimeIndex(pd.to_datetime(local, utc=True))
    return instants[(instants >= start) & (instants < end)]


def snapshot_figures(test: Scored, *, capacity: int) -> dict[str, Any]:
    """Breach share of the top tenth of every snapshot, and of its first ``capacity`` clocks."""
    everything = np.ones(len(test.rows))
    base = _share(test, everything)
    return {
        "n_snapshots": int(test.rows["as_of"].nunique()),
        "n": len(test.rows),
        "n_tickets": int(test.rows["ticket"].nunique()),
        "base_share": interval(base),
        "models": {name: _top_tenth(test, name, base) for name in test.scores},
        "capacity": {
            "per_day": capacity,
            "models": {name: _at_capacity(test, name, capacity) for name in test.scores},
        },
    }


def top_of_each(
    instants: Any, score: Floats, *, k: int | None = None, share: float | None = None
) -> Floats:
    """Each row's chance to be in the top ``k``, or top ``share`` (at least one), of its instant.

    Ties are drawn by lot, so a score that tells nothing gets the base share and no more.
    """
    chosen = np.zeros(score.size)
    codes, names = pd.factorize(np.asarray(instants))
    for code in range(len(names)):
        rows = np.flatnonzero(codes == code)
        count = k if share is None else int(np.ceil(rows.size * share - 1e-9))
        chosen[rows] = top_shares(score[rows], k=count or 0)
    return chosen


def _top_tenth(test: Scored, name: str, base: Floats) -> dict[str, Any]:
    picks = [top_of_each(test.rows["as_of"], s, share=TOP_SHARE) for s in test.scores[name]]
    share = mean_over([_share(test, p) for p in picks])
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = share / base
    lift[~np.isfinite(lift)] = np.nan
    return {"top_tenth_share": interval(share), "lift": interval(lift)}


def _at_capacity(test: Scored, name: str, k: int) -> dict[str, Interval]:
    """Precision: share of the picks that breach. Recall: share of breaching clocks ever picked."""
    picks = [top_of_each(test.rows["as_of"], s, k=k) for s in test.scores[name]]
    return {
        "precision": interval(mean_over([_share(test, p) for p in picks])),
        "recall": interval(mean_over([_caught(test, p) for p in picks])),
    }


def _share(test: Scored, chosen: Floats) -> Floats:
    return ratio(chosen * test.truth, chosen, tickets=test.codes, resamples=test.resamples)


def _caught(test: Scored, chosen: Floats) -> Floats:
    """Chance to be picked in at least one snapshot, over the clocks that breach."""
    breaching = test.truth == 1.0
    clocks = pd.DataFrame(
        {"code": test.codes, "clock": test.rows["clock"], "missed": 1.0 - chosen}
    )[breaching]
    per_clock = clocks.groupby("clock").agg(code=("code", "first"), missed=("missed", "prod"))
    return ratio(
        1.0 - per_clock["missed"], np.ones(len(per_clock)),
        tickets=per_clock["code"], resamples=test.resamples,
    )  # fmt: skip
