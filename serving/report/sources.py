"""What the report is made from: read once, from the workspace; nothing is written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from features.history import history_digest, open_history
from forewarn.errors import DataError
from forewarn.quarantine import read_quarantine
from forewarn.sla.timeline import build_timelines
from forewarn.sla.timelines import Timelines
from forewarn.sla.unpromised import without_promise
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace
from serving import queries
from serving.store import open_store


@dataclass(frozen=True)
class Sources:
    """``as_of``: of the published run, else just behind the last known fact.

    ``run``, ``queue``, ``customers``: as published (no run: None and empty). ``evaluation``:
    the content of evaluation.json, or None. ``digest``: of the history that these tables and
    settings give. ``unpromised``: tickets without a clock, per reason. ``n_refused``: values
    that the last ingest refused.
    """

    tables: Tables
    timelines: Timelines
    as_of: pd.Timestamp
    digest: str
    run: Mapping[str, Any] | None
    queue: list[dict[str, Any]]
    customers: list[dict[str, Any]]
    evaluation: Mapping[str, Any] | None
    unpromised: pd.DataFrame
    n_refused: int


def read_sources(ws: Workspace) -> Sources:
    """Everything the report needs. Raises DataError where nothing was ingested."""
    tables = read_tables(ws.tables)
    digest = history_digest(tables, ws.config)
    run, queue, customers = _published(ws)
    as_of = tables.watermark + pd.Timedelta(microseconds=1)
    return Sources(
        tables=tables,
        timelines=read_timelines(ws, tables),
        as_of=as_of if run is None else pd.Timestamp(run["as_of"]),
        digest=digest,
        run=run,
        queue=queue,
        customers=customers,
        evaluation=_evaluation(ws),
        unpromised=without_promise(tables, ws.config.sla, health=ws.config.health),
        n_refused=len(read_quarantine(ws)),
    )


def read_timelines(ws: Workspace, tables: Tables) -> Timelines:
    """Those of the built history where it is there; the clocks alone are soon made anew."""
    try:
        return open_history(ws.history / history_digest(tables, ws.config)).timelines
    except (DataError, OSError):
        return build_timelines(tables, ws.config.sla, health=ws.config.health)


def _published(
    ws: Workspace,
) -> tuple[Mapping[str, Any] | None, list[dict[str, Any]], list[dict[str, Any]]]:
    store = open_store(ws.database_url)
    try:
        page = queries.queue_page(store)
        return page.run, page.rows, queries.customers(store)
    except queries.NothingPublishedError:
        return None, [], []
    finally:
        store.close()


def _evaluation(ws: Workspace) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = json.loads((ws.models / "evaluation.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found
