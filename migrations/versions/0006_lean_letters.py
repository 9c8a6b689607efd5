"""Letters as lean rows: values in one text, no check of their shoot for each of a million, and a fuller page.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Pack the values: each ends with a unit separator, one that is missing is a record separator."""
    op.drop_constraint("fk_email_logs_shoot_id", "email_logs", type_="foreignkey")
    op.execute(
        "ALTER TABLE email_logs ALTER COLUMN merge_values TYPE text USING"
        " CASE WHEN cardinality(merge_values) = 0 THEN ''"
        " ELSE array_to_string(merge_values, E'\\x1f', E'\\x1e') || E'\\x1f' END"
    )
    op.execute("ALTER TABLE email_logs SET (fillfactor = 52)")


def downgrade() -> None:
    """Unpack them."""
    op.execute("ALTER TABLE email_logs SET (fillfactor = 50)")
    op.execute(
        "ALTER TABLE email_logs ALTER COLUMN merge_values TYPE text[] USING"
        " CASE WHEN merge_values = '' THEN ARRAY[]::text[]"
        " ELSE string_to_array(left(merge_values, -1), E'\\x1f', E'\\x1e') END"
    )
    op.create_foreign_key("fk_email_logs_shoot_id", "email_logs", "shoots", ["shoot_id"], ["id"])
