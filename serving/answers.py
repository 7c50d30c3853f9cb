"""The shapes of the API's answers and queries; rows are those of ``serving.queries``."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from forewarn.config import Metric

List = Literal["ranked", "lost", "waiting", "child"]
PlacedBy = Literal["top_priority", "turn", "random", "value", "lost", "waiting", "child"]
_NO_NUL = r"^[^\x00]*$"
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Health(_Answer):
    """Whether queues can be read."""

    status: Literal["ok"]


class Run(_Answer):
    """The published scoring run."""

    run_id: int
    state: Literal["published"]
    as_of: dt.datetime = Field(description="instant up to which facts were known")
    started_at: dt.datetime
    published_at: dt.datetime
    age_seconds: float = Field(description="since it was published")
    model_version: str | None
    degraded: str | None = Field(description="why the order is by rule; null: by the model")
    policy_version: str | None
    tightening: str | None = Field(description="what internal targets did; null: there are none")
    n_clocks: int
    n_ranked: int
    n_lost: int
    n_waiting: int
    n_flags: int


class QueueItem(_Answer):
    """One open ticket in its place."""

    position: int
    list: List
    ticket_id: str
    customer_id: str | None
    tier: str | None
    group_id: str | None
    priority: str | None
    subject: str | None
    created_at: dt.datetime
    next_metric: Metric | None = Field(description="the running clock that is due first")
    next_due_at: dt.datetime | None
    breach_probability: float | None = Field(description="highest of the open clocks'")
    value: float | None = Field(description="penalty saved per minute of work")
    log_value: float | None
    expected_minutes: float | None = Field(description="remaining hands-on work")
    is_breached: bool
    placed_by: PlacedBy
    is_today: bool | None = Field(
        description="its group can be expected to finish it in today's shifts; null: unknown"
    )
    owner: str | None = Field(description="who looks after the customer")
    previous_position: int | None = Field(description="in the run shown before; null: it is new")
    incident: str | None = Field(description="that it is part of")
    parent_id: str | None = Field(description="of a child: the ticket that stands for it")
    n_children: int | None = Field(description="tickets of the incident that it stands for")
    arm: Literal["act", "wait"] | None = Field(description="of a lottery; null: in none")
    propensity: float | None = Field(description="the chance that the lottery said act")
    tightened_by: str | None = Field(description="rule of its internal target; null: none")
    live_metrics: str | None = Field(description="promises that can still be kept, by comma")
    reason: str
    reasons: tuple[str, ...]


class Clock(_Answer):
    """One open clock."""

    ticket_id: str
    metric: Metric
    cycle: int
    state: str
    is_breached: bool
    due_at: dt.datetime | None = Field(description="null while paused")
    elapsed_share: float | None = Field(description="of its budget; above 1 when breached")
    remaining_seconds: float | None = Field(description="of open time; negative when breached")
    target_seconds: float | None
    breach_probability: float | None = Field(description="null: breached, or unknown")
    expected_breach_at: dt.datetime | None = Field(description="null: not expected to breach")


class Ticket(QueueItem):
    """One open ticket with its clocks."""

    clocks: tuple[Clock, ...]
    children: tuple[str, ...] = Field(description="tickets that it stands for")
    run: Run


class Flag(_Answer):
    """One customer to look after early."""

    rank: int
    customer_id: str
    tier: str | None
    n_open: int
    expected_breaches: float | None
    n_breached_open: int
    volume_28d: int
    health_score: float | None
    segment: str | None
    reason: str
    trouble_probability: float | None = Field(description="two broken promises within a week")
    escalation_probability: float | None = Field(description="an escalation within four weeks")
    volume_rank: int | None = Field(description="place by tickets in 28 days alone")
    next_step: str | None
    raised_at: dt.datetime | None = Field(description="begin of the unbroken row of weeks")


class Capacity(_Answer):
    """What a group can be expected to finish before today's shifts end.

    An agent counts in each group served, with an equal share of the minutes.
    """

    group_id: str
    n_agents: int
    n_present: int = Field(description="agents with time left today")
    minutes_left: float | None = Field(description="of all of them; null: no hours are known")
    n_ranked: int
    n_today: int | None = Field(description="the first so many ranked tickets; null: unknown")


class Agent(_Answer):
    """Who asked, and how long he or she is at work today."""

    agent_id: str
    group_id: str = Field(description="that the agent is in")
    groups: tuple[str, ...] = Field(description="all that the agent serves; group_id comes first")
    shift: str | None
    is_absent: bool
    is_on_shift: bool | None = Field(description="null: nobody knows the hours")
    minutes_left: float | None = Field(description="of today's shift, for all groups together")


class Queue(_Answer):
    """A part of the queue."""

    run: Run
    agent: Agent | None = Field(description="that was asked for")
    capacity: Capacity | None = Field(
        description="of the asked group, or the agent's; null where the agent serves several"
    )
    capacities: tuple[Capacity, ...] = Field(
        description="of the asked group, or of each that the agent serves"
    )
    total: int = Field(description="tickets that match, on all pages")
    items: tuple[QueueItem, ...]


class Customers(_Answer):
    """The flagged customers, most urgent first."""

    run: Run
    items: tuple[Flag, ...]


class Feedback(BaseModel):
    """That somebody acted upon a ticket."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: Identifier
    action: Literal["escalated", "assigned", "contacted", "worked", "dismissed"] = Field(
        description="dismissed: looked at, and left alone on purpose"
    )
    acted_at: AwareDatetime | None = Field(None, description="now where not given")
    actor: Annotated[str, StringConstraints(max_length=100, pattern=_NO_NUL)] = Field(
        "", description="who did it, or tells it"
    )
    note: Annotated[str, StringConstraints(max_length=1000, pattern=_NO_NUL)] | None = None


class Action(_Answer):
    """What was kept; the same told twice is kept once."""

    action_id: int
    ticket_id: str
    action: str
    acted_at: dt.datetime
    actor: str
    note: str | None
    recorded_at: dt.datetime


class QueueQuery(BaseModel):
    """Which part of the queue."""

    model_config = ConfigDict(extra="forbid")

    group: Identifier | None = None
    agent: Identifier | None = Field(
        None, description="what the groups have that this agent serves"
    )
    list: List | None = None
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=1_000_000)


class CustomersQuery(BaseModel):
    """How many customers."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=200)
