"""For other systems: messages to them, and the keys with which they ask."""

import sqlalchemy as sa

from serving.schema.columns import METADATA, Instant

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
