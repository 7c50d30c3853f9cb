"""The UCI log's own verdict ``made_sla`` as a label, for part ``ablation``.

It is given when an incident closes and has no deadline: what was closed before a cutoff is all
there is to learn from, so slow incidents are missing from the last days before it. The windows
before the test therefore end nine days before the test begins.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.ablation_fits import Data
from features.build import build_features
from features.history import History
from features.observations import micros
from forewarn.sla.labels import as_instants, label_clocks
from forewarn.tables import Tables
from models.splits import Window, equal_ticket_weights, history_end

HOURS = (4, 8, 24, 48)
"""After opening: when an incident that is not resolved is looked at again."""
OPENED_FROM = pd.Timestamp("2016-03-28T00:00Z")
"""Before it closing ran late, and nearly all of one week broke the promise."""
WINDOWS = tuple(
    Window(pd.Timestamp(f"2016-{begin}T00:00Z"), pd.Timestamp(f"2016-{end}T00:00Z"))
    for begin, end in (("04-12", "04-17"), ("04-17", "04-22"), ("05-01", "06-01"))
)


def observe_made_sla(log: Path, tables: Tables, history: History) -> Data:
    """Incidents at their first row and some hours after opening, while unresolved."""
    rows = _rows(history)
    verdicts = read_verdicts(log).reindex(tables.tickets["ticket_id"])
    ours = verdicts.iloc[rows["ticket"].to_numpy()]
    rows = rows.assign(
        is_breached=ours["is_breached"].to_numpy(np.float64),
        label_known_at=ours["closed_at"].array,
        due_at=ours["closed_at"].array,
    )
    rows = rows[rows["is_breached"].notna()].reset_index(drop=True)

    def outcomes_at(instant: pd.Timestamp) -> pd.DataFrame:
        closed = rows[rows["label_known_at"] < instant].assign(is_censored=False)
        return closed.assign(weight=equal_ticket_weights(closed))

    return Data(
        name="uci made_sla",
        metric="resolution",
        features=build_features(history, rows),
        outcomes_at=outcomes_at,
        windows=WINDOWS,
        end=history_end(history),
    )


def read_verdicts(log: Path) -> pd.DataFrame:
    """One row per incident by its number: is_breached (1 or 0) and closed_at, of its last row."""
    columns = ["number", "made_sla", "sys_mod_count", "sys_updated_at", "incident_state"]
    last = pd.read_parquet(log, columns=columns)
    last = last.sort_values(["sys_mod_count", "sys_updated_at"]).groupby("number").last()
    last = last[last["incident_state"] == "Closed"]
    return pd.DataFrame(
        {
            "is_breached": 1.0 - last["made_sla"].astype(np.float64),
            "closed_at": pd.to_datetime(last["sys_updated_at"]).dt.tz_localize("UTC"),
        }
    )


def _rows(history: History) -> pd.DataFrame:
    """Observations by (clock, as_of), without outcomes."""
    timelines = history.timelines
    ticket = timelines.clock_ticket
    opened = np.asarray(history.ticket_created_at)[ticket]
    known = history.arrays["clock/known_at"]
    ended = label_clocks(timelines, as_of=micros(history_end(history))).set_index("clock")
    done = ended["completed_at"].reindex(np.arange(len(timelines)))
    parts = []
    for landmark, instant in {
        "opening": known,
        **{f"{hours}h": opened + hours * 3_600_000_000 for hours in HOURS},
    }.items():
        as_of = as_instants(np.asarray(instant) + 1)
        is_open = (done.isna() | (done > as_of)).to_numpy()
        chosen = np.flatnonzero(is_open & (instant >= known) & (opened >= micros(OPENED_FROM)))
        parts.append(
            pd.DataFrame(
                {
                    "clock": chosen,
                    "ticket": ticket[chosen],
                    "metric": "resolution",
                    "landmark": landmark,
                    "is_paused": False,
                    "as_of": as_of[chosen],
                    "opened_at": as_instants(opened[chosen]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
