"""Questions about the DKIM keys of senders."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.domain.dkim import DkimKey
from webapp.mail.models.sender import SenderKey


def find_sender_keys(sender_id: int) -> Sequence[SenderKey]:
    """Return a sender's keys, the newest first."""
    mine = select(SenderKey).where(SenderKey.sender_id == sender_id).order_by(SenderKey.id.desc())
    return db.session.scalars(mine).all()


def find_signing_keys(sender_id: int, domain: str) -> tuple[list[DkimKey], datetime | None]:
    """Return the keys that sign, or once signed, a sender's letters, still sealed, and the database's time.

    Args:
        sender_id: whose keys.
        domain: that stands in From, in ASCII. A key of another domain proves nothing about it and is left out.

    Returns:
        The keys, the newest first; the time is None where there are none.
    """
    signing = (
        select(SenderKey, func.clock_timestamp())
        .where(SenderKey.sender_id == sender_id, SenderKey.signs_from.is_not(None))
        .where(SenderKey.domain == domain)
        .order_by(SenderKey.id.desc())
    )
    rows = db.session.execute(signing).all()
    keys = [
        DkimKey(row.domain, row.selector, row.private_key, row.signs_from, row.signs_until)
        for row, _ in rows
        if row.signs_from is not None
    ]
    return keys, rows[0][1] if rows else None


def get_sender_key(sender_id: int, key_id: int) -> SenderKey:
    """Return one key of a sender.

    Raises:
        NotFoundError: it has no such key.
    """
    row = db.session.get(SenderKey, key_id)
    if row is None or row.sender_id != sender_id:
        raise NotFoundError("There is no such key. Perhaps somebody has removed it already.")
    return row
