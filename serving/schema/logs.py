"""What models said of clocks, what people did about tickets, and what was decided of models."""

import sqlalchemy as sa

from serving.schema.columns import METADATA, Instant

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
