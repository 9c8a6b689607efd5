"""Make the keys by which a sender's letters are signed, and begin and stop signing with them."""

import secrets
from datetime import timedelta

from flask import current_app
from sqlalchemy import func, select

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError
from webapp.core.transaction import transaction
from webapp.mail.domain.dkim_keys import dns_record, make_rsa_key
from webapp.mail.domain.headers import ascii_domain
from webapp.mail.models.sender import Sender, SenderKey
from webapp.mail.queries.sender_keys import find_sender_keys, get_sender_key
from webapp.mail.queries.sender_list import get_sender
from webapp.people.domain.scope import Scope

# From when to when a key signs is said this long ahead: whoever is sending then has opened the letter after that
# was written down, and later copies find the same key for every letter.
AHEAD = timedelta(minutes=5)


def make_sender_key(*, scope: Scope, sender_id: int) -> int:
    """Make a key for a sender's domain; it signs nothing until ``start_signing``.

    Returns:
        Its id.

    Raises:
        ForbiddenError: they are no administrator.
        NotFoundError: there is no such sender.
        ConflictError: a key waits already for being published.
    """
    _require_administrator(scope)
    pem = make_rsa_key()
    with transaction() as session:
        sender = get_sender(sender_id)
        if any(key.signs_from is None for key in find_sender_keys(sender_id)):
            raise ConflictError(
                "There is a new key already. Publish it and start signing, or remove it first."
            )
        key = SenderKey(
            sender_id=sender_id,
            domain=ascii_domain(sender.address),
            selector=f"postroom-{secrets.token_hex(4)}",
            private_key=current_app.extensions["vault"].seal(pem),
            dns_record=dns_record(pem),
        )
        session.add(key)
        session.flush()
        _record("sender.key_made", sender, key, scope)
        return key.id


def start_signing(*, scope: Scope, sender_id: int, key_id: int) -> None:
    """Sign a sender's letters with a key from a few minutes on, instead of with the one before it.

    Raises:
        ForbiddenError: they are no administrator.
        NotFoundError: there is no such sender, or it has no such key.
        ConflictError: the key signs already, or has stopped.
    """
    _require_administrator(scope)
    with transaction():
        sender = get_sender(sender_id)
        key = get_sender_key(sender_id, key_id)
        if key.signs_from is not None:
            raise ConflictError("This key is in use or was. Make a new one.")
        starts = db.session.scalars(select(func.now() + AHEAD)).one()
        for other in find_sender_keys(sender_id):
            if other.signs_from is not None and other.signs_until is None:
                other.signs_until = starts
        key.signs_from = starts
        _record("sender.signing_started", sender, key, scope)


def stop_signing(*, scope: Scope, sender_id: int, key_id: int) -> None:
    """Sign no letters with a key any more, from a few minutes on; one that never signed is removed.

    Raises:
        ForbiddenError: they are no administrator.
        NotFoundError: there is no such sender, or it has no such key.
        ConflictError: the key has stopped already.
    """
    _require_administrator(scope)
    with transaction() as session:
        sender = get_sender(sender_id)
        key = get_sender_key(sender_id, key_id)
        if key.signs_until is not None:
            raise ConflictError("This key has stopped signing already.")
        if key.signs_from is None:
            _record("sender.key_removed", sender, key, scope)
            session.delete(key)
        else:
            key.signs_until = session.scalars(select(func.now() + AHEAD)).one()
            _record("sender.signing_stopped", sender, key, scope)


def _require_administrator(scope: Scope) -> None:
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may change how letters are signed.")


def _record(verb: str, sender: Sender, key: SenderKey, scope: Scope) -> None:
    """Write a deed into the audit trail."""
    record(
        verb,
        "sender",
        sender.id,
        actor_id=scope.user_id,
        programme_id=sender.programme_id,
        event_id=sender.event_id,
        selector=key.selector,
    )
