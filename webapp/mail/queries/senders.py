"""Questions about senders, and their rests when a carrier is down."""

from datetime import timedelta

from sqlalchemy import func, select, update

from webapp.core.database import db
from webapp.mail.models.sender import Sender


def pause_sender(sender_id: int, seconds: float, reason: str) -> None:
    """Let a sender rest; every shoot of it waits meanwhile and shows the reason."""
    db.session.execute(
        update(Sender)
        .where(Sender.id == sender_id)
        .values(
            paused_until=func.now() + timedelta(seconds=seconds),
            pause_reason=reason,
            pause_count=Sender.pause_count + 1,
        )
    )


def resume_sender(sender_id: int) -> None:
    """Forget that a sender rested, because a letter of it went out."""
    db.session.execute(
        update(Sender)
        .where(Sender.id == sender_id, Sender.pause_count > 0)
        .values(paused_until=None, pause_reason=None, pause_count=0)
    )


def get_pause_count(sender_id: int) -> int:
    """Return how often in a row a sender had to rest."""
    return db.session.scalar(select(Sender.pause_count).where(Sender.id == sender_id)) or 0
