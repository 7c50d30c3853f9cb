"""A small run whose every row carries its stamp, so that a mixture of two is seen."""

import datetime as dt

import pandas as pd

from serving.flags import COLUMNS
from serving.run import FlagMemory, Message, ScoredRun, Standing, Turn

START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


def example_run(stamp: int, *, n: int = 5) -> ScoredRun:
    """A run ``stamp`` minutes after nine with ``n`` tickets, each with one clock."""
    as_of = START + dt.timedelta(minutes=stamp)
    ids = [f"T{i:04}" for i in range(n)]
    groups = ["net" if i % 2 == 0 else "mail" for i in range(n)]
    queue = pd.DataFrame(
        {
            "position": range(1, n + 1),
            "list": ["ranked" if i < n - 1 else "lost" for i in range(n)],
            "ticket_id": ids,
            "customer_id": "C1",
            "tier": None,
            "group_id": groups,
            "priority": "2",
            "subject": f"stamp {stamp}",
            "created_at": pd.Timestamp(START),
            "next_metric": "resolution",
            "next_due_at": pd.Series([pd.NaT] + [pd.Timestamp(as_of)] * (n - 1)).head(n),
            "breach_probability": 0.25,
            "value": 1.5,
            "log_value": 0.405,
            "expected_minutes": float("nan"),
            "is_breached": False,
            "placed_by": "value",
            "is_today": None,
            "owner": None,
            "previous_position": None,
            "incident": None,
            "parent_id": None,
            "n_children": 0,
            "arm": None,
            "propensity": None,
            "tightened_by": None,
            "live_metrics": "resolution",
            "reason": "9 % of its time left",
            "reasons": [["9 % of its time left"]] * n,
        }
    )
    scores = pd.DataFrame(
        {
            "ticket_id": ids,
            "metric": "resolution",
            "cycle": 1,
            "state": "running",
            "is_breached": False,
            "due_at": pd.Timestamp(as_of),
            "elapsed_share": float(stamp),
            "remaining_seconds": 60.0,
            "target_seconds": 3600.0,
            "breach_probability": 0.25,
            "expected_breach_at": pd.Timestamp(as_of),
        }
    )
    flags = pd.DataFrame(
        [
            (
                1, "C1", "gold", n, 1.2, 0, 14, 31.0, "at_risk", f"stamp {stamp}",
                0.6, 0.2, 3, "call them", pd.Timestamp(START),
            )
        ],
        columns=list(COLUMNS),
    )  # fmt: skip
    return ScoredRun(
        as_of=as_of,
        scores=scores,
        queue=queue,
        flags=flags,
        model_version="7",
        policy_version="1",
        digests={"data": "abc"},
        memory=FlagMemory(START, (Standing("C1", START, START),)),
        turns=(Turn("net", stamp, None, as_of),),
        messages=(Message(f"run:{stamp}", "run", "run.published", {"stamp": stamp}),),
    )
