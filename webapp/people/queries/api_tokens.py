"""Personal tokens of the API: what one says, and whose it is. Nothing of them is stored.

A token is a reference (``TokenKeys``) to an account, a day on which it ends, and a digest of the account's session
key: whatever ends the account's sessions everywhere ends its tokens, too.
"""

import hashlib
import hmac
import struct
from datetime import UTC, datetime

from flask import current_app

from webapp.core.database import db
from webapp.people.models.user import User

PREFIX = "postroom_"  # so that scanners for lost secrets know one when they see it
PURPOSE = "api"
_FORM = struct.Struct(">QQ16s")  # account, end in seconds since 1970, digest


def write_token(user: User, ends_at: datetime) -> str:
    """Return a token by which somebody uses the API as themselves.

    Args:
        user: whose.
        ends_at: from then on it opens nothing, aware; to the second.
    """
    payload = _FORM.pack(user.id, int(ends_at.timestamp()), _digest(user))
    return PREFIX + str(current_app.extensions["tokens"].make(PURPOSE, payload))


def read_token(token: str) -> tuple[int, datetime, bytes] | None:
    """Return account, end and digest of a token that was made here, None for anything else; asks no database."""
    if not token.startswith(PREFIX):
        return None
    payload = current_app.extensions["tokens"].read(PURPOSE, token.removeprefix(PREFIX))
    if payload is None or len(payload) != _FORM.size:
        return None
    user_id, seconds, digest = _FORM.unpack(payload)
    return user_id, datetime.fromtimestamp(seconds, UTC), digest


def find_token_owner(token: str, now: datetime) -> User | None:
    """Return whose token it is; None when it has ended, was revoked, or the account is switched off or gone."""
    found = read_token(token)
    if found is None or found[1] <= now:
        return None
    user = db.session.get(User, found[0])
    is_theirs = user is not None and user.active and hmac.compare_digest(found[2], _digest(user))
    return user if is_theirs else None


def _digest(user: User) -> bytes:
    return hashlib.blake2b(user.fs_uniquifier.encode(), digest_size=16, person=b"postroom.api").digest()
