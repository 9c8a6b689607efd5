"""Indexes of what needs attention, each of few rows; none on a decision, so that thousands are decided in place.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_shoots_stopped", "shoots", "id", "state IN ('paused', 'missed', 'halted')"),
    ("ix_shoots_ended", "shoots", "completed_at", "cause IS NULL"),
    ("ix_shoots_resends", "shoots", "resend_of_id", "resend_of_id IS NOT NULL"),
    ("ix_shoot_tallies_troubled", "shoot_tallies", "shoot_id", "state IN ('failed', 'uncertain')"),
)


def upgrade() -> None:
    """Make the indexes."""
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(where))
    op.drop_index("ix_applications_event_id_decision", table_name="applications")
    op.execute("ALTER TABLE applications SET (fillfactor = 50)")


def downgrade() -> None:
    """Put everything back."""
    op.execute("ALTER TABLE applications RESET (fillfactor)")
    op.create_index("ix_applications_event_id_decision", "applications", ["event_id", "decision"])
    for name, table, _column, _where in reversed(INDEXES):
        op.drop_index(name, table_name=table)
