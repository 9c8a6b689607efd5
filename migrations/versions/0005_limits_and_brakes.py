"""Limits that workers share, canaries, and the switch that stops all letters.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SHOOT_COLUMNS = {
    "canary_count": sa.Integer(),
    "canary_minutes": sa.Integer(),
    "canary_until": sa.DateTime(timezone=True),
    "open_to": sa.Integer(),
    "halt_percent": sa.Integer(),
    "forgiven": postgresql.JSONB(),
}
SENDER_COLUMNS = {
    "rate_per_minute": sa.Integer(),
    "daily_quota": sa.Integer(),
    "window_from": sa.Time(),
    "window_to": sa.Time(),
    "bulk_rest_until": sa.DateTime(timezone=True),
    "bulk_rest_reason": sa.String(),
}


def upgrade() -> None:
    """Make columns and tables."""
    for name, kind in SHOOT_COLUMNS.items():
        op.add_column("shoots", sa.Column(name, kind))
    for name, kind in SENDER_COLUMNS.items():
        op.add_column("senders", sa.Column(name, kind))
    op.add_column("senders", sa.Column("window_zone", sa.String(), server_default="UTC", nullable=False))
    _make_limits()
    _make_sender_keys()
    op.add_column("attachments", sa.Column("content_id", sa.String()))
    op.create_table(
        "stop_alls",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("stopped_by_id", sa.BigInteger()),
        sa.Column("lifted_at", sa.DateTime(timezone=True)),
        sa.Column("lifted_by_id", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_stop_alls"),
        sa.ForeignKeyConstraint(["stopped_by_id"], ["users.id"], name="fk_stop_alls_stopped_by_id"),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["users.id"], name="fk_stop_alls_lifted_by_id"),
    )
    op.create_index(
        "uq_stop_alls_open",
        "stop_alls",
        [sa.text("(lifted_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_index(
        "ix_email_events_returned",
        "email_events",
        ["shoot_id"],
        postgresql_where=sa.text("type IN ('bounced', 'complained')"),
    )


def _make_limits() -> None:
    op.create_table(
        "limits",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rate_per_minute", sa.Integer()),
        sa.Column("connection_count", sa.Integer()),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_limits"),
        sa.CheckConstraint("kind IN ('domain', 'server')", name="ck_limits_kind_known"),
    )
    op.create_table(
        "buckets",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("tokens", sa.Float(), server_default="0", nullable=False),
        sa.Column("filled_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("day_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("queued_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("key", name="pk_buckets"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_table(
        "connection_shares",
        sa.Column("server", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("connection_count", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("server", "owner", name="pk_connection_shares"),
    )


def _make_sender_keys() -> None:
    op.create_table(
        "sender_keys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sender_id", sa.BigInteger(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("selector", sa.String(), nullable=False),
        sa.Column("private_key", sa.String(), nullable=False),
        sa.Column("dns_record", sa.String(), nullable=False),
        sa.Column("signs_from", sa.DateTime(timezone=True)),
        sa.Column("signs_until", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sender_keys"),
        sa.ForeignKeyConstraint(["sender_id"], ["senders.id"], name="fk_sender_keys_sender_id"),
        sa.UniqueConstraint("domain", "selector", name="uq_sender_keys_domain_selector"),
    )
    op.create_index("ix_sender_keys_sender_id", "sender_keys", ["sender_id"])


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_email_events_returned", "email_events")
    for table in ("stop_alls", "sender_keys", "connection_shares", "buckets", "limits"):
        op.drop_table(table)
    op.drop_column("attachments", "content_id")
    for name in (*SENDER_COLUMNS, "window_zone"):
        op.drop_column("senders", name)
    for name in SHOOT_COLUMNS:
        op.drop_column("shoots", name)
