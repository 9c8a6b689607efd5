"""Make a token by which somebody uses the API as themselves, and take all of theirs back at once."""

from datetime import datetime, timedelta
from uuid import uuid4

from webapp.core.audit import record
from webapp.core.errors import ForbiddenError, StaffError
from webapp.core.transaction import transaction
from webapp.people.domain.scope import Scope
from webapp.people.queries.api_tokens import write_token
from webapp.people.queries.staff import get_account

LONGEST_LIFE = 366  # days


def make_api_token(*, scope: Scope, user_id: int, days: int, now: datetime) -> str:
    """Return a new token; it is shown once and stored nowhere.

    Args:
        scope: who asks: its owner, or the command line.
        user_id: whose it is.
        days: for how long it opens something.
        now: the moment, aware.

    Raises:
        NotFoundError: there is no such member of staff.
        ForbiddenError: it is somebody else's, or the account is switched off.
        StaffError: it would live too long, or not at all.
    """
    _require_own(scope, user_id)
    if not 1 <= days <= LONGEST_LIFE:
        raise StaffError(f"A token lives from 1 to {LONGEST_LIFE} days.", field="days")
    with transaction():
        user = get_account(user_id)
        if not user.active:
            raise ForbiddenError("This account is switched off.")
        record("staff.api_token_made", "user", user.id, actor_id=scope.user_id, days=days)
        return write_token(user, now + timedelta(days=days))


def revoke_api_tokens(*, scope: Scope, user_id: int) -> None:
    """Let all tokens of somebody open nothing any more; they are signed out everywhere, too.

    Raises:
        NotFoundError: there is no such member of staff.
        ForbiddenError: they are somebody else's.
    """
    _require_own(scope, user_id)
    with transaction():
        user = get_account(user_id)
        user.fs_uniquifier = uuid4().hex
        record("staff.api_tokens_revoked", "user", user.id, actor_id=scope.user_id)


def _require_own(scope: Scope, user_id: int) -> None:
    """Refuse to do it for others: a token acts as its owner. The command line is trusted as it is with all else."""
    is_command_line = scope.user_id is None and scope.is_administrator
    if scope.user_id != user_id and not is_command_line:
        raise ForbiddenError("A token is made by the person whose it is.")
