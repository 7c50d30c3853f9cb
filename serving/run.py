"""What one scoring run says: a value that can be published, compared and printed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class Turn:
    """A group's place in the count that gives every n-th pick to the oldest unworked ticket.

    ``n_pickups``: observed since the oldest ticket last had its turn. ``ticket_id``: the
    ticket that is on top because its turn is due; null while none is. ``counted_until``:
    pickups known before it are counted.
    """

    group_id: str
    n_pickups: int
    ticket_id: str | None
    counted_until: dt.datetime


@dataclass(frozen=True)
class Standing:
    """A customer's flag that lasts. ``raised_at``: of its unbroken row of weeks.

    ``week_at``: the week that it was last decided for. ``rests_until``: acknowledged, and no
    new flag before then; null while it stands.
    """

    customer_id: str
    raised_at: dt.datetime
    week_at: dt.datetime
    rests_until: dt.datetime | None = None


@dataclass(frozen=True)
class FlagMemory:
    """What was decided. ``week_at``: for this week already; null before the first decision."""

    week_at: dt.datetime | None = None
    standing: tuple[Standing, ...] = ()


@dataclass(frozen=True)
class Message:
    """One row for the outbox: a key is sent once, a later message of its topic replaces it."""

    key: str
    topic: str
    kind: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class ScoredRun:
    """Scores, queue and customer flags as of one instant.

    ``scores``: one row per open clock. ``queue``: one row per open ticket, in order.
    ``flags``: one row per flagged customer, in order. ``degraded``: why the order is by
    rule; null where the model gave it. ``tightening``: what internal targets did to the order;
    null where there are none. ``memory``: the flags that stand now. Columns as in
    ``serving.schema``. ``roster``: one row per agent of a group; ``capacity``: per group what
    can be finished today. ``said``: what champion and challenger say of each open clock, for
    the log of scores.
    """

    as_of: dt.datetime
    scores: pd.DataFrame
    queue: pd.DataFrame
    flags: pd.DataFrame
    model_version: str | None = None
    degraded: str | None = None
    policy_version: str | None = None
    tightening: str | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()
    memory: FlagMemory = FlagMemory()
    messages: tuple[Message, ...] = ()
    roster: pd.DataFrame = field(default_factory=pd.DataFrame)
    capacity: pd.DataFrame = field(default_factory=pd.DataFrame)
    said: pd.DataFrame = field(default_factory=pd.DataFrame)
