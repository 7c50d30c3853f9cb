"""The log of scores: what was foretold of each clock, kept until long after it was decided.

Published queues are kept for some runs only; learning and watching need the scores of months.
A clock is logged once per stage of its budget and model, so a run every five minutes costs no
more than one a day.
"""

import datetime as dt

import pandas as pd
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from serving.schema.logs import SCORE_LOG


def log_scores(
    connection: Connection, said: pd.DataFrame, *, run_id: int, as_of: dt.datetime
) -> None:
    """Add what is said of clocks that had no row for this stage and model yet.

    ``said``: ticket_id, metric, cycle, stage, due_at, model_version, role, probability,
    position; ``arm`` and ``propensity`` where a lottery was held.
    """
    if said.empty:
        return
    names = [name for name in SCORE_LOG.c.keys() if name in said.columns]  # noqa: SIM118 - no dict
    plain = said[names].astype(object).where(said[names].notna(), None)
    same = {"run_id": run_id, "as_of": as_of}
    rows = [
        dict(zip(names, values, strict=True)) | same
        for values in plain.itertuples(index=False, name=None)
    ]
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    connection.execute(dialect.insert(SCORE_LOG).on_conflict_do_nothing(), rows)


def forget_scores(connection: Connection, *, before: dt.datetime) -> None:
    """Drop what was said before an instant."""
    connection.execute(SCORE_LOG.delete().where(SCORE_LOG.c.as_of < before))
