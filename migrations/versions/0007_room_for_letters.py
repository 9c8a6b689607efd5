"""Room on a page for the longer versions that its letters get when they are handed over and settled.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave more of a page free: what went to new pages, with new entries in all indexes, took more than that."""
    op.execute("ALTER TABLE email_logs SET (fillfactor = 44)")


def downgrade() -> None:
    """Leave less; names that are kept only once are written out, since nobody would know what the mark means."""
    op.execute("ALTER TABLE email_logs SET (fillfactor = 52)")
    op.execute(
        "UPDATE email_logs SET merge_values = replace(merge_values, E'\\x1d', name)"
        " WHERE position(E'\\x1d' IN merge_values) > 0"
    )
