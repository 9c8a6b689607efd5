"""Gives what the demo made in parts the numbers it would have had if all had happened one after the other."""

from sqlalchemy import text
from sqlalchemy.orm import Session

# What also bears the number of a shoot, beside its own row; the audit trail keeps it as a word.
_OF_SHOOTS = ("email_logs", "email_events", "chunks", "shoot_samples", "opt_outs")
_CHANGES = (
    *(
        f"UPDATE {table} SET shoot_id = fresh FROM renumbered WHERE shoot_id = renumbered.id"
        for table in _OF_SHOOTS
    ),
    "UPDATE audit_entries SET subject_id = CAST(fresh AS text) FROM renumbered"
    " WHERE subject_type = 'shoot' AND subject_id = CAST(renumbered.id AS text)",
)


def put_in_order(session: Session) -> None:
    """Number shoots and activities by when they were asked for and happened: lists are sorted by number.

    Args:
        session: of the open transaction; nothing else of it is kept in memory.
    """
    session.flush()
    _number_shoots(session)
    for sign in ("SELECT id, -row_number() OVER (ORDER BY at, id) AS fresh", "SELECT id, -id AS fresh"):
        session.execute(
            text(
                f"UPDATE activities SET id = renumbered.fresh FROM ({sign} FROM activities) AS renumbered"
                " WHERE renumbered.id = activities.id"
            )
        )
    session.expire_all()


def _number_shoots(session: Session) -> None:
    """Number the shoots: first below zero, so that no two are the same on the way.

    All tables change in one statement, for references are looked at when a statement ends. The tallies follow by
    themselves.
    """
    orders = (
        "SELECT id, -row_number() OVER (ORDER BY created_at, id) AS fresh FROM shoots",
        "SELECT id, -id AS fresh FROM shoots",
    )
    for order in orders:
        parts = ", ".join(f"part_{number} AS ({change})" for number, change in enumerate(_CHANGES))
        session.execute(
            text(
                f"WITH renumbered AS ({order}), {parts} UPDATE shoots SET id = renumbered.fresh,"
                " resend_of_id = (SELECT other.fresh FROM renumbered AS other"
                " WHERE other.id = shoots.resend_of_id)"
                " FROM renumbered WHERE renumbered.id = shoots.id"
            )
        )
    session.execute(text("DELETE FROM shoot_tallies WHERE letter_count = 0"))
