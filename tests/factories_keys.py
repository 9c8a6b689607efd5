"""Make DKIM keys of senders for tests."""

from sqlalchemy import select

from webapp.core.database import db
from webapp.mail.actions.sender_keys import make_sender_key
from webapp.mail.models.sender import Sender, SenderKey
from webapp.people.domain.scope import SYSTEM


def furnish(sender: Sender) -> None:
    """Give a sender a key that waits for being published: what routes can name."""
    make_sender_key(scope=SYSTEM, sender_id=sender.id)


def key_of(sender_id: int) -> int:
    """Return the first key of a sender."""
    query = select(SenderKey.id).where(SenderKey.sender_id == sender_id).order_by(SenderKey.id)
    return db.session.scalars(query).first() or 0
