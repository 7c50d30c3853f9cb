"""What a run shows: scores, the queue, who is at work, and the count of turns."""

import sqlalchemy as sa

from serving.schema.columns import METADATA, Instant, run_id

SCORES = sa.Table(
    "scores",  # one row per run and open clock
    METADATA,
    run_id(),
    sa.Column("ticket_id", sa.Text, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("cycle", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("is_breached", sa.Boolean, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("elapsed_share", sa.Float),
    sa.Column("remaining_seconds", sa.Float),
    sa.Column("target_seconds", sa.Float),
    sa.Column("breach_probability", sa.Float),
    sa.Column("expected_breach_at", Instant),  # null: not expected to breach
)
QUEUE = sa.Table(
    "queue",  # one row per run and open ticket
    METADATA,
    run_id(),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("list", sa.Text, nullable=False),  # ranked, lost, waiting, child
    sa.Column("ticket_id", sa.Text, nullable=False),
    *(sa.Column(name, sa.Text) for name in ("customer_id", "tier", "group_id", "priority")),
    sa.Column("subject", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("next_metric", sa.Text),
    sa.Column("next_due_at", Instant),
    sa.Column("breach_probability", sa.Float),
    sa.Column("value", sa.Float),
    sa.Column("log_value", sa.Float),
    sa.Column("expected_minutes", sa.Float),
    sa.Column("is_breached", sa.Boolean, nullable=False),
    sa.Column("placed_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("reasons", sa.JSON(none_as_null=True), nullable=False),
    sa.Column("is_today", sa.Boolean),  # its group can be expected to finish it; null: unknown
    sa.Column("owner", sa.Text),  # who looks after the customer
    sa.Column("previous_position", sa.Integer),  # in the run that was shown before; null: new
    sa.Column("incident", sa.Text),  # or parent ticket, that it is part of
    sa.Column("parent_id", sa.Text),  # of a child: the ticket that stands for its incident
    sa.Column("n_children", sa.Integer),
    sa.Column("arm", sa.Text),  # of a lottery: act, wait; null: in none
    sa.Column("propensity", sa.Float),  # the chance that the lottery said act
    sa.Column("tightened_by", sa.Text),  # rule of the internal target that counts; null: none
    sa.Column("live_metrics", sa.Text),  # promises that can still be kept, by comma
    sa.UniqueConstraint("run_id", "ticket_id"),
)
ROSTER = sa.Table(
    "roster",  # one row per run and agent of a group, as known then
    METADATA,
    run_id(),
    sa.Column("agent_id", sa.Text, primary_key=True),
    sa.Column("group_id", sa.Text, nullable=False),
    sa.Column("shift", sa.Text),
    sa.Column("is_absent", sa.Boolean, nullable=False),
    sa.Column("is_on_shift", sa.Boolean),  # null: nobody knows the hours
    sa.Column("minutes_left", sa.Float),  # of today's shift
    sa.Column("also_serves", sa.Text),  # further groups, by comma; null: none
)
CAPACITY = sa.Table(
    "capacity",  # one row per run and group with agents or ranked tickets
    METADATA,
    run_id(),
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("n_agents", sa.Integer, nullable=False),
    sa.Column("n_present", sa.Integer, nullable=False),  # with minutes left today
    sa.Column("minutes_left", sa.Float),  # null: of no agent the hours are known
    sa.Column("n_ranked", sa.Integer, nullable=False),
    sa.Column("n_today", sa.Integer),  # ranked tickets to be expected finished; null: unknown
)
GUARD_TURNS = sa.Table(
    "guard_turns",  # one row per group: pickups since the oldest ticket last had its turn
    METADATA,
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("n_pickups", sa.Integer, nullable=False),
    sa.Column("ticket_id", sa.Text),  # the ticket on top by this guard; null: no turn is due
    sa.Column("counted_until", Instant, nullable=False),
)
