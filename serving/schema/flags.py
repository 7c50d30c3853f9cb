"""Customers' flags: those of a run, those that last, and those of before each run."""

from typing import Any

import sqlalchemy as sa

from serving.schema.columns import METADATA, Instant, run_id


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


CUSTOMER_FLAGS = sa.Table(
    "customer_flags",  # one row per run and flagged customer
    METADATA,
    run_id(),
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
    run_id(),
    sa.Column("week_at", Instant),
)
FORMER_FLAGS = sa.Table(
    "former_flags",  # one row per run and customer whose flag stood or rested before it
    METADATA,
    run_id(),
    *_flag(),
)
