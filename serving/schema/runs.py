"""Runs, who may publish, which one is shown and who undid which."""

import sqlalchemy as sa

from serving.schema.columns import METADATA, Instant

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
