"""Scores of the log whose time has come: with what became of their clocks."""

import numpy as np
import pandas as pd

from features.history import History
from features.observations import micros
from features.texts import as_texts
from forewarn.config import METRICS
from forewarn.sla.labels import label_clocks
from models.splits import history_end

_CLOCK = ["ticket_id", "metric", "cycle"]


def matured(history: History, said: pd.DataFrame) -> pd.DataFrame:
    """The rows of ``said`` whose deadline, as read then, has passed and whose label is known.

    With ``is_breached`` (1, 0) and ``clock``. Early successes of later deadlines are left out:
    they would make any model look too careful.
    """
    end = history_end(history)
    due = said[said["due_at"].notna() & (said["due_at"] < end)]
    timelines = history.timelines
    clocks = pd.DataFrame(
        {
            "ticket_id": np.array(as_texts(history.ticket_ids), object)[timelines.clock_ticket],
            "metric": np.array(METRICS, object)[timelines.clock_metric],
            "cycle": timelines.clock_cycle.astype(np.int64),
            "clock": np.arange(len(timelines)),
        }
    )
    labels = label_clocks(timelines, as_of=micros(end))
    clocks["is_breached"] = labels["is_breached"].to_numpy(float)
    found = due.merge(clocks.dropna(subset=["is_breached"]), on=_CLOCK)
    return found.reset_index(drop=True)
