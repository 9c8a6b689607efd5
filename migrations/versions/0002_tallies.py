"""Count letters by trigger, so that a number on a screen can never differ from the rows."""

from alembic import op

revision = "0002"
down_revision = "0001"

# A chunk is a thousand letters; the same number stands in webapp/mail/models/shoot.py, and a test compares them.
FUNCTION = """
CREATE FUNCTION tally_letters() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO shoot_tallies AS t (shoot_id, chunk, state, reason, letter_count)
        SELECT shoot_id, seq / 1000, state, coalesce(reason, ''), count(*)
        FROM fresh GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (shoot_id, chunk, state, reason)
        DO UPDATE SET letter_count = t.letter_count + excluded.letter_count;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO shoot_tallies AS t (shoot_id, chunk, state, reason, letter_count)
        SELECT shoot_id, seq / 1000, state, coalesce(reason, ''), -count(*)
        FROM stale GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        ON CONFLICT (shoot_id, chunk, state, reason)
        DO UPDATE SET letter_count = t.letter_count + excluded.letter_count;
    ELSE
        INSERT INTO shoot_tallies AS t (shoot_id, chunk, state, reason, letter_count)
        SELECT shoot_id, chunk, state, reason, sum(n)
        FROM (
            SELECT shoot_id, seq / 1000 AS chunk, state, coalesce(reason, '') AS reason, 1 AS n FROM fresh
            UNION ALL
            SELECT shoot_id, seq / 1000, state, coalesce(reason, ''), -1 FROM stale
        ) AS change
        GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (shoot_id, chunk, state, reason)
        DO UPDATE SET letter_count = t.letter_count + excluded.letter_count;
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    """Create the function and its three triggers."""
    op.execute(FUNCTION)
    op.execute(
        "CREATE TRIGGER tally_inserted AFTER INSERT ON email_logs REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION tally_letters()"
    )
    op.execute(
        "CREATE TRIGGER tally_updated AFTER UPDATE ON email_logs REFERENCING OLD TABLE AS stale NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION tally_letters()"
    )
    op.execute(
        "CREATE TRIGGER tally_deleted AFTER DELETE ON email_logs REFERENCING OLD TABLE AS stale"
        " FOR EACH STATEMENT EXECUTE FUNCTION tally_letters()"
    )


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER tally_inserted ON email_logs")
    op.execute("DROP TRIGGER tally_updated ON email_logs")
    op.execute("DROP TRIGGER tally_deleted ON email_logs")
    op.execute("DROP FUNCTION tally_letters()")
