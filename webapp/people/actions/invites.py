"""Let somebody choose the first password of an account that was made for them: by a link, never by mail."""

import struct
from dataclasses import dataclass
from uuid import uuid4

from flask import current_app
from sqlalchemy import select

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.core.transaction import transaction
from webapp.people.models.person import Person
from webapp.people.models.user import User

INVITE = "invite"  # purpose of the references
_FORM = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation is for.

    Args:
        user_id: the account.
        email: with which they sign in.
        name: their own.
        is_open: no password was chosen yet, and the account is switched on.
        locale: in which they read, "" where nobody knows.
    """

    user_id: int
    email: str
    name: str
    is_open: bool
    locale: str


def make_invite_link(user_id: int) -> str:
    """Return the page on which the owner of an account chooses its first password."""
    token = current_app.extensions["tokens"].make(INVITE, _FORM.pack(user_id))
    return f"{current_app.extensions['settings'].public_url}/invite/{token}"


def find_invited(token: str) -> Invited | None:
    """Return whom a reference invites, None for whatever was not made here for this or is nobody's any more."""
    user_id = _read(token)
    user = None if user_id is None else db.session.get(User, user_id)
    if user is None:
        return None
    return Invited(
        user.id, user.email, user.person.name, user.password is None and user.active, user.person.locale
    )


def accept_invite(*, token: str, password_hash: str) -> str:
    """Set the first password of an account.

    Args:
        token: the reference of the link.
        password_hash: of what was chosen.

    Returns:
        The address with which they sign in.

    Raises:
        NotFoundError: the reference is none, the account is gone or switched off, or it has a password already.
    """
    user_id = _read(token)
    with transaction() as session:
        user = session.scalar(select(User).where(User.id == user_id).with_for_update(of=User))
        if user is None or user.password is not None or not user.active:
            raise NotFoundError("This invitation was used already. Sign in, or ask for a new password.")
        user.password = password_hash
        user.fs_uniquifier = uuid4().hex
        record("staff.invite_accepted", "user", user.id, actor_id=user.id)
        return str(user.email)


def open_account_for(person: Person) -> tuple[User, bool]:
    """Return somebody's account, made without a password where there is none; part of the open transaction.

    Returns:
        The account, and whether it is new.
    """
    with transaction() as session:
        user = session.scalar(select(User).where(User.person_id == person.id).with_for_update(of=User))
        if user is not None:
            return user, False
        if person.email is None:
            raise NotFoundError("Somebody without an address cannot have an account.")
        user = User(
            person_id=person.id,
            email=person.email,
            password=None,
            active=True,
            fs_uniquifier=uuid4().hex,
            login_count=0,
        )
        session.add(user)
        session.flush()
        return user, True


def _read(token: str) -> int | None:
    payload = current_app.extensions["tokens"].read(INVITE, token)
    if payload is None or len(payload) != _FORM.size:
        return None
    return int(_FORM.unpack(payload)[0])
