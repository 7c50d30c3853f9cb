"""Service levels and service credits of a workspace's data, as rows for people and programs."""

from typing import Any

import pandas as pd

from forewarn.config import SlaConfig
from forewarn.sla.contacts import build_contacts
from forewarn.sla.credits import service_credits
from forewarn.sla.service_level import Period, service_levels
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace
from serving.report.promises import decided_promises
from serving.report.sources import read_timelines

Rows = list[dict[str, Any]]


def level_contacts(tables: Tables, sla: SlaConfig, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """The contacts as known before ``as_of``, with every column that a level looks at."""
    columns = sorted({name for level in sla.service_levels for name in level.when})
    return build_contacts(tables, as_of=as_of, columns=columns)


def level_rows(ws: Workspace, *, period: Period, as_of: pd.Timestamp | None) -> Rows:
    """One row per service level, period and group, and for all groups together.

    As ``service_levels`` gives them, with the level's name and promise in front. ``as_of``: the
    end of the data where not given. Null is None.
    """
    tables, sla, zone = read_tables(ws.tables), ws.config.sla, ws.config.report.time_zone
    if not sla.service_levels:
        return []
    contacts = level_contacts(tables, sla, as_of=_moment(tables, as_of))
    parts = []
    for level in sla.service_levels:
        found = service_levels(contacts, level, period=period, zone=zone)
        found.insert(0, "level", level.name)
        found.insert(1, "target_share", level.share)
        found.insert(2, "within_seconds", level.within.total_seconds())
        parts.append(found)
    return _rows(pd.concat(parts, ignore_index=True))


def credit_rows(ws: Workspace, *, as_of: pd.Timestamp | None) -> Rows:
    """One row per customer, period, policy and metric with credits, as ``service_credits``.

    ``as_of``: the end of the data where not given. Null is None.
    """
    tables, config = read_tables(ws.tables), ws.config
    if not any(policy.credits.steps for policy in config.sla.policies):
        return []
    moment = _moment(tables, as_of)
    decided = decided_promises(tables, read_timelines(ws, tables), config.sla, as_of=moment)
    zone = config.report.time_zone
    credits_of = service_credits(
        decided, tables.customers, config.sla.policies, as_of=moment, zone=zone
    )
    return _rows(credits_of)


def _moment(tables: Tables, as_of: pd.Timestamp | None) -> pd.Timestamp:
    return tables.watermark + pd.Timedelta(microseconds=1) if as_of is None else as_of


def _rows(frame: pd.DataFrame) -> Rows:
    """Periods as local dates, whatever is missing as None."""
    if "period_on" in frame and len(frame):
        frame = frame.assign(period_on=pd.to_datetime(frame["period_on"]).dt.date)
    plain = frame.astype(object)
    rows: Rows = plain.where(plain.notna(), None).to_dict("records")  # type: ignore[assignment]
    return rows
