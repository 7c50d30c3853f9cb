"""Tables of ``forewarn.db``; ``serving.migrations`` leads from older versions to this one."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

METADATA = sa.MetaData()


class Instant(sa.TypeDecorator[dt.datetime]):
    """A UTC instant with microseconds: timestamptz, or on SQLite ISO text that sorts by time."""

    impl = sa.String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(27))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        instant = value.astimezone(dt.UTC)
        return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else instant

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> dt.datetime | None:
        if value is None:
            return None
        parsed = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return parsed.astimezone(dt.UTC)


def _run_id() -> sa.Column[Any]:
    link = sa.ForeignKey("runs.run_id")
    return sa.Column("run_id", sa.BigInteger, link, primary_key=True, autoincrement=False)


def _flag() -> list[sa.Column[Any]]:
    return [
        sa.Column("customer_id", sa.Text, primary_key=True),
        sa.Column("raised_at", Instant, nullable=False),
        sa.Column("week_at", Instant, nullable=False),  # of the decision that kept it last
        sa.Column("acknowledged_at", Instant),
        sa.Column("acknowledged_by", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("rests_until", Instant),  # no flag before; null while it stands
    ]


FORMAT = sa.Table(
    "forewarn_format",  # one row: the version of this schema
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
)
RUNS = sa.Table(
    "runs",  # one row per scoring run ever begun; run_id is its fencing token
    METADATA,
    sa.Column("run_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),  # running, published, undone, failed, abandoned
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("as_of", Instant),
    sa.Column("model_version", sa.Text),
    sa.Column("degraded", sa.Text),  # why the order is by rule; null: by the model
    sa.Column("policy_version", sa.Text),
    sa.Column("digests", sa.JSON(none_as_null=True)),
    sa.Column("n_clocks", sa.Integer),
    sa.Column("n_ranked", sa.Integer),
    sa.Column("n_lost", sa.Integer),
    sa.Column("n_waiting", sa.Integer),
    sa.Column("n_flags", sa.Integer),
    sa.Column("tightening", sa.Text),  # what internal targets did; null: there are none
    sa.Column("error", sa.Text),
)
LEASE = sa.Table(
    "lease",  # one row: who may publish next
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("token", sa.BigInteger, nullable=False),  # grows with every run
    sa.Column("process", sa.Text),  # null: nobody holds the lease
    sa.Column("owner", sa.Text),
    sa.Column("expires_at", Instant),
)
CURRENT = sa.Table(
    "current_run",  # at most one row: what readers see
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey("runs.run_id"), nullable=False),
    sa.Column("as_of", Instant, nullable=False),
)
SCORES = sa.Table(
    "scores",  # one row per run and open clock
    METADATA,
    _run_id(),
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
    _run_id(),
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
    _run_id(),
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
    _run_id(),
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("n_agents", sa.Integer, nullable=False),
    sa.Column("n_present", sa.Integer, nullable=False),  # with minutes left today
    sa.Column("minutes_left", sa.Float),  # null: of no agent the hours are known
    sa.Column("n_ranked", sa.Integer, nullable=False),
    sa.Column("n_today", sa.Integer),  # ranked tickets to be expected finished; null: unknown
)
QUEUE_EVENTS = sa.Table(
    "queue_events",  # one row per decision about which queue is shown; never changed or deleted
    METADATA,
    sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("happened_at", Instant, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # undone
    sa.Column("run_id", sa.BigInteger, nullable=False),  # shown before
    sa.Column("shown_run_id", sa.BigInteger, nullable=False),  # shown from then on
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
CUSTOMER_FLAGS = sa.Table(
    "customer_flags",  # one row per run and flagged customer
    METADATA,
    _run_id(),
    sa.Column("rank", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("tier", sa.Text),
    sa.Column("n_open", sa.Integer, nullable=False),
    sa.Column("expected_breaches", sa.Float),
    sa.Column("n_breached_open", sa.Integer, nullable=False),
    sa.Column("volume_28d", sa.Integer, nullable=False),
    sa.Column("health_score", sa.Float),
    sa.Column("segment", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("trouble_probability", sa.Float),  # two breaches within a week; null: no model
    sa.Column("escalation_probability", sa.Float),  # within four weeks; null: no model
    sa.Column("volume_rank", sa.Integer),  # the baseline's opinion
    sa.Column("next_step", sa.Text),
    sa.Column("raised_at", Instant),
)
FLAGS = sa.Table(
    "flags",  # one row per customer whose flag stands, or who rests after one
    METADATA,
    *_flag(),
)
FLAG_WEEKS = sa.Table(
    "flag_weeks",  # at most one row: the week for which the flags were decided
    METADATA,
    sa.Column("only", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("week_at", Instant, nullable=False),
)
FORMER_FLAG_WEEKS = sa.Table(
    "former_flag_weeks",  # one row per run: the decided week before it; null: none was decided
    METADATA,
    _run_id(),
    sa.Column("week_at", Instant),
)
FORMER_FLAGS = sa.Table(
    "former_flags",  # one row per run and customer whose flag stood or rested before it
    METADATA,
    _run_id(),
    *_flag(),
)
GUARD_TURNS = sa.Table(
    "guard_turns",  # one row per group: pickups since the oldest ticket last had its turn
    METADATA,
    sa.Column("group_id", sa.Text, primary_key=True),
    sa.Column("n_pickups", sa.Integer, nullable=False),
    sa.Column("ticket_id", sa.Text),  # the ticket on top by this guard; null: no turn is due
    sa.Column("counted_until", Instant, nullable=False),
)
OUTBOX = sa.Table(
    "outbox",  # one row per message; it ends sent, superseded, withdrawn or dead
    METADATA,
    sa.Column("message_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # pending, sent, superseded, withdrawn, dead
    sa.Column("run_id", sa.BigInteger, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("reason", sa.Text),  # why it was withdrawn; null: it was not
    sa.Index("outbox_pending", "state", "topic"),
)
SCORE_LOG = sa.Table(
    "score_log",  # one row per clock, stage of its budget and model that said something of it
    METADATA,
    sa.Column("ticket_id", sa.Text, primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("cycle", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("stage", sa.Text, primary_key=True),  # opening, or the last landmark passed
    sa.Column("model_version", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),  # champion: it served; challenger: in its shadow
    sa.Column("run_id", sa.BigInteger, nullable=False),
    sa.Column("as_of", Instant, nullable=False),
    sa.Column("due_at", Instant),  # as read then; null while paused
    sa.Column("probability", sa.Float, nullable=False),
    sa.Column("beside_version", sa.Text),  # of a challenger's row: the champion it shadowed
    sa.Column("beside_probability", sa.Float),  # and what that said of the clock in the same run
    sa.Column("position", sa.Integer),  # in the queue
    sa.Column("arm", sa.Text),  # of a lottery: act, wait; null: the usual order
    sa.Column("propensity", sa.Float),  # the chance that the lottery said act
    sa.Index("score_log_as_of", "as_of"),
)
ACTIONS = sa.Table(
    "actions",  # one row per thing that somebody did about a ticket, as told by people or systems
    METADATA,
    sa.Column("action_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("acted_at", Instant, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),  # who told it; empty: nobody said
    sa.Column("note", sa.Text),
    sa.Column("recorded_at", Instant, nullable=False),
    sa.UniqueConstraint("ticket_id", "action", "acted_at", "actor"),
)
MODEL_EVENTS = sa.Table(
    "model_events",  # one row per decision about what serves; never changed, never deleted
    METADATA,
    sa.Column("event_id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("happened_at", Instant, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # promoted, forced, refused, rolled_back, first
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("before", sa.Text),  # what served
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("verdict", sa.JSON(none_as_null=True)),  # the gate's, with every check
)
API_KEYS = sa.Table(
    "api_keys",  # one row per key ever made; the key itself is nowhere
    METADATA,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
)
