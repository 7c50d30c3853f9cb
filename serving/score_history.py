"""The log of scores, read back as a table."""

from typing import Any

import pandas as pd
import sqlalchemy as sa

from serving.schema.logs import SCORE_LOG
from serving.store import Store

_INSTANTS = ("as_of", "due_at")
_KINDS = {
    "cycle": "int64",
    "probability": "float64",
    "propensity": "float64",
    "beside_probability": "float64",
}


def read_scores(store: Store, *, version: str | None = None) -> pd.DataFrame:
    """Columns as the table ``score_log``, oldest first; of one model's version where given."""
    wanted = sa.select(SCORE_LOG).order_by(SCORE_LOG.c.as_of, SCORE_LOG.c.ticket_id)
    if version is not None:
        wanted = wanted.where(SCORE_LOG.c.model_version == version)
    with store.reading() as connection:
        rows: list[Any] = list(connection.execute(wanted).mappings())
    frame = pd.DataFrame([dict(row) for row in rows], columns=list(SCORE_LOG.c.keys()))
    for name in _INSTANTS:
        frame[name] = pd.to_datetime(frame[name], utc=True).dt.as_unit("us")
    return frame.astype(_KINDS)
