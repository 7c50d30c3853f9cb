"""One simulated history, from its seed."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.demo.arrivals import Arrivals, draw_arrivals
from forewarn.demo.as_plan import plan_desk
from forewarn.demo.catalogue import END, ZONE
from forewarn.demo.clientele import Clientele, win_customers
from forewarn.demo.lives import let_live
from forewarn.demo.log import events_table, tickets_table, work_table
from forewarn.demo.plans import Plans, draw_plans
from forewarn.demo.scores import measure_health
from forewarn.demo.staff import Staff, hire_staff, is_workday, local_seconds
from forewarn.tables import SPECS, TableSpec, empty_frame

LOAD = (0.96, 0.95, 0.96, 0.92)
"""Offered work over working time per group: 95 % in all."""


@dataclass(frozen=True)
class World:
    """All that is drawn before anybody works: who writes when, what it needs, who is there.

    ``scores``: the stream of chance that health scores are measured with. Instants are epoch
    seconds; ``first`` is the first day, ``end`` the instant at which the history ends.
    """

    staff: Staff
    clientele: Clientele
    arrivals: Arrivals
    plans: Plans
    scores: np.random.Generator
    first: dt.date
    end: int


def draw_world(*, seed: int, weeks: int) -> World:
    """The world of a seed, as ``simulate_desk`` lets it run."""
    parts = np.random.SeedSequence(seed).spawn(5)
    staff_rng, people_rng, score_rng, arrival_rng, plan_rng = map(np.random.default_rng, parts)
    monday = END.date() - dt.timedelta(days=END.weekday())
    first, end = monday - dt.timedelta(weeks=weeks), int(END.timestamp())
    staff = hire_staff(staff_rng, first=first, last=END.date() + dt.timedelta(days=14))
    clientele = win_customers(people_rng, first=first, n_weeks=weeks + 1)
    arrivals = draw_arrivals(arrival_rng, clientele, first=first, end=end)
    plans = draw_plans(
        plan_rng,
        arrivals,
        clientele,
        hour=_local_hours(arrivals.created),
        capacity_minutes=staff.capacity_minutes(end),
        load=np.array(LOAD),
    )
    return World(staff, clientele, arrivals, plans, score_rng, first, end)


def simulate_desk(*, seed: int, weeks: int) -> dict[str, pd.DataFrame]:
    """The six canonical tables, and ``truth_work`` and ``truth_customers``, which no desk knows.

    ``weeks`` before the week of the end, which is Wednesday, 24 June 2026, 13:30 in Berlin.
    The same seed and weeks give the same tables. Laws: every ticket has ended or is open,
    no event lies before its ticket, no agent works outside the shift or on two tickets.
    """
    world = draw_world(seed=seed, weeks=weeks)
    arrivals, plans, end = world.arrivals, world.plans, world.end
    planned = plan_desk(arrivals, plans, world.staff, end=end)
    rows, work = let_live(planned, arrivals, plans, world.staff.agent_ids)
    arrived = arrivals.created + plans.known_after <= end
    health = measure_health(world.scores, world.clientele, first=world.first, n_weeks=weeks + 1)
    tables = {
        "tickets": tickets_table(arrivals, plans, world.clientele)[arrived].reset_index(drop=True),
        "ticket_events": events_table(rows, known_after=plans.known_after, end=end),
        "customers": _known(world.clientele.customers, end),
        "customer_health": _known(health, end),
        "agents": _known(world.staff.agents, end),
        "groups": world.staff.group_table,
    }
    return {name: _canonical(tables[name], spec) for name, spec in SPECS.items()} | {
        "truth_work": work_table(work, plans=plans, agent_ids=world.staff.agent_ids),
        "truth_customers": _truth(world.clientele, world.first),
    }


def _local_hours(created: np.ndarray) -> np.ndarray:
    """Local hour of each instant; -1 on days on which the desk is not staffed."""
    local = pd.to_datetime(created, unit="s", utc=True).tz_convert(ZONE)
    days = local.normalize()
    open_days = {day: is_workday(day.date()) for day in days.unique()}
    return np.where(days.map(open_days).to_numpy(bool), local.hour.to_numpy(), -1)


def _canonical(table: pd.DataFrame, spec: TableSpec) -> pd.DataFrame:
    """The table with every column of its contract, in the contract's types and order."""
    typed = empty_frame(spec)
    frame = table.assign(**{c: typed[c] for c in typed.columns if c not in table.columns})
    return (
        frame[list(typed.columns)]
        .astype(dict(typed.dtypes))
        .sort_values(list(spec.order), kind="stable", ignore_index=True)
    )


def _known(table: pd.DataFrame, end: int) -> pd.DataFrame:
    known = table["known_at"] <= pd.Timestamp(end, unit="s", tz="UTC")
    return table[known].reset_index(drop=True)


def _truth(clientele: Clientele, first: dt.date) -> pd.DataFrame:
    """One row per customer and week: hidden strain and the volume it leads to."""
    n, n_weeks = clientele.strain.shape
    weeks = [pd.Timestamp(local_seconds(first + dt.timedelta(weeks=w), 0), unit="s", tz="UTC")
             for w in range(n_weeks)]  # fmt: skip
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.array(clientele.customer_ids, dtype=object), n_weeks),
            "week_at": weeks * n,
            "strain": clientele.strain.ravel().round(4),
            "volume": clientele.volume.ravel().round(4),
        }
    )
