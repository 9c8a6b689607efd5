"""Questions about senders for the page that lists them."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.models.sender import Sender
from webapp.people.domain.scope import Scope


def usable_senders(scope: Scope, programme_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition for senders from which a member of staff may write.

    Args:
        scope: who asks.
        programme_ids: programmes of the events that they see.
    """
    if scope.is_administrator:
        return true()
    return or_(
        and_(Sender.programme_id.is_(None), Sender.event_id.is_(None)),
        # support: everything of the programme, its events' senders, too
        Sender.programme_id.in_(scope.programme_ids),
        Sender.event_id.in_(scope.event_ids),
        and_(Sender.programme_id.in_(programme_ids), Sender.event_id.is_(None)),
    )


def get_sender(sender_id: int) -> Sender:
    """Return one sender, held until the transaction ends.

    Raises:
        NotFoundError: there is none.
    """
    row = db.session.get(Sender, sender_id, with_for_update=True)
    if row is None:
        raise NotFoundError("There is no such sender.")
    return row


def find_sender_of(address: str) -> Sender | None:
    """Return the sender with this normalised address."""
    return db.session.scalar(select(Sender).where(Sender.address == address))


def may_come_from(domain: str, programme_id: int | None) -> bool:
    """Say whether letters of a programme may have an address of this domain in From.

    They may where an administrator has entered a sender of that domain, for the programme or for everybody, whose
    letters go by the common mail server: with it they have said that the domain allows that server (SPF, DKIM,
    RFC 7208 and 6376). Senders of single events were made from mailboxes and vouch for nothing.
    """
    vouching = select(Sender.id).where(
        Sender.is_active,
        Sender.account.is_(None),
        Sender.event_id.is_(None),
        or_(Sender.programme_id.is_(None), Sender.programme_id == programme_id),
        func.split_part(Sender.address, "@", 2) == domain,
    )
    return bool(domain) and db.session.scalar(vouching.limit(1)) is not None
