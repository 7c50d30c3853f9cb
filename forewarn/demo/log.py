"""What the desk writes down, and the canonical tables made of it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.catalogue import (
    CATEGORIES,
    CHANNELS,
    GROUPS,
    IMPACTS,
    PRIORITIES,
    PRODUCTS,
    TYPES,
)
from forewarn.demo.clientele import Clientele
from forewarn.demo.plans import Plans
from forewarn.sla.labels import as_instants

_COLUMNS = ("ticket", "at", "kind", "from_value", "to_value", "actor_id", "actor_kind", "detail")


def ticket_ids(n: int) -> np.ndarray:
    """T000001 and so on, in order of creation."""
    return np.array([f"T{i + 1:06d}" for i in range(n)], dtype=object)


def seconds_to_instants(seconds: np.ndarray) -> pd.Series:
    """Epoch seconds as aware instants."""
    return pd.Series(pd.to_datetime(seconds, unit="s", utc=True)).dt.as_unit("us")


def tickets_table(arrivals: Arrivals, plans: Plans, clientele: Clientele) -> pd.DataFrame:
    """One row per ticket, as it was at creation."""
    subjects, descriptions = _texts(plans)
    names = np.array([c.name for c in CATEGORIES], dtype=object)
    created = arrivals.created
    return pd.DataFrame(
        {
            "ticket_id": ticket_ids(len(created)),
            "customer_id": np.array(clientele.customer_ids, dtype=object)[arrivals.customer],
            "created_at": seconds_to_instants(created),
            "known_at": seconds_to_instants(created + plans.known_after),
            "channel": np.array(CHANNELS, dtype=object)[plans.channel],
            "product": np.array(PRODUCTS, dtype=object)[plans.product],
            "category": names[plans.category],
            "type": np.array(TYPES, dtype=object)[plans.kind],
            "priority": np.array(PRIORITIES, dtype=object)[plans.priority],
            "group_id": np.array([g for g, _, _ in GROUPS], dtype=object)[plans.first_group()],
            "subject": subjects,
            "description": descriptions,
            "language": np.where(plans.german, "de", "en").astype(object),
        }
    )


def _texts(plans: Plans) -> tuple[list[str], list[str]]:
    subjects, descriptions = [], []
    for category, product, choice, german, impact in zip(
        plans.category, plans.product, plans.subject, plans.german, plans.impact, strict=True
    ):
        about = CATEGORIES[category]
        text = about.german if german else about.subjects[choice]
        subjects.append(text.format(PRODUCTS[product]))
        descriptions.append(IMPACTS[impact])
    return subjects, descriptions


def events_table(
    rows: Sequence[tuple[object, ...]], *, known_after: np.ndarray, end: int
) -> pd.DataFrame:
    """One row per event that was known by ``end``, in order within each ticket.

    Mail is read in with a short delay, ratings come in the night after they were given.
    """
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame = frame.sort_values(["ticket", "at"], kind="stable", ignore_index=True)
    at = frame["at"].to_numpy(np.int64)
    ticket = frame["ticket"].to_numpy(np.int64)
    kind = frame["kind"].to_numpy(object)
    known = np.where(kind == "created", at + known_after[ticket], at)
    known = np.where(kind == "csat", (at // 86400 + 1) * 86400 + 2 * 3600, known)
    by = frame["actor_kind"].to_numpy(object)
    public = np.isin(kind, ["agent_reply", "customer_reply", "created"])
    table = pd.DataFrame(
        {
            "ticket_id": ticket_ids(int(ticket.max(initial=-1)) + 1)[ticket],
            "occurred_at": seconds_to_instants(at),
            "known_at": seconds_to_instants(known),
            "sequence": frame.groupby("ticket").cumcount().to_numpy(np.int64),
            "kind": kind,
            "from_value": frame["from_value"].to_numpy(object),
            "to_value": frame["to_value"].to_numpy(object),
            "actor_id": frame["actor_id"].to_numpy(object),
            "actor_kind": by,
            "is_public": public,
            "detail": frame["detail"].to_numpy(object),
        }
    )
    return table[known <= end].reset_index(drop=True)


def work_table(work: np.ndarray, *, plans: Plans, agent_ids: tuple[str, ...]) -> pd.DataFrame:
    """The truth that no log holds: one row per piece of work, and per touch still to come.

    ``planned_minutes``: of the whole touch, for a regular agent; ``minutes``: hands-on
    minutes of this piece (null: not begun); a touch cut by an absence has several pieces.
    ``work``: rows of touch, agent, begin, end and time worked (microseconds).
    """
    n_touches = len(plans.routes.group)
    ticket_of = np.repeat(np.arange(len(plans.priority)), np.diff(plans.routes.start))
    idle = np.setdiff1d(np.arange(n_touches), work[:, 0])
    touch = np.concatenate([work[:, 0], idle])
    frame = pd.DataFrame(
        {
            "ticket_id": ticket_ids(len(plans.priority))[ticket_of[touch]],
            "touch": touch - plans.routes.start[ticket_of[touch]] + 1,
            "group_id": np.array([g for g, _, _ in GROUPS], dtype=object)[
                plans.routes.group[touch]
            ],
            "planned_minutes": plans.routes.minutes[touch].round(3),
            "agent_id": [agent_ids[a] for a in work[:, 1]] + [None] * len(idle),
            "started_at": [*as_instants(work[:, 2]), *[pd.NaT] * len(idle)],
            "ended_at": [*as_instants(work[:, 3]), *[pd.NaT] * len(idle)],
            "minutes": np.concatenate([work[:, 4] / 60e6, np.full(len(idle), np.nan)]).round(3),
        }
    )
    return frame.sort_values(["ticket_id", "touch", "started_at"], kind="stable", ignore_index=True)
