"""Say that nobody may write to an address, and lift that again."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from flask import current_app
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.opt_out import Suppression
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person

DETAIL_LIMIT = 300  # characters
LONGEST = timedelta(days=36_525)  # a hundred years


class SuppressionReason(StrEnum):
    """Why nobody may write to an address."""

    BOUNCED = "bounced"
    COMPLAINED = "complained"
    MANUAL = "manual"


def suppress_address(
    *,
    scope: Scope,
    address: str,
    reason: SuppressionReason,
    detail: str,
    until: datetime | None,
    now: datetime,
) -> str:
    """Keep everybody from writing to an address, at once, also in shoots that are running.

    Args:
        scope: who says so.
        address: as it was typed.
        reason: why.
        detail: what is known beside it, below 300 characters.
        until: until when, aware; None for good.
        now: the time.

    Returns:
        The address as it is stored.

    Raises:
        ForbiddenError: they are no administrator.
        StaffError: it is no address, it is suppressed already, or the end has passed.
    """
    _require_administrator(scope)
    stored = _normalised(address)
    _check_end(until, now)
    values = {
        "reason": reason.value,
        "detail": _checked_detail(detail),
        "until": until,
        "created_by_id": scope.user_id,
        "created_at": func.now(),
    }
    with transaction() as session:
        # One that has run out is replaced; one that holds is not, since its reason would be lost.
        added = session.scalar(
            insert(Suppression)
            .values(address=stored, **values)
            .on_conflict_do_update(
                index_elements=[Suppression.address], set_=values, where=Suppression.until <= func.now()
            )
            .returning(Suppression.address)
        )
        if added is None:
            raise StaffError("This address is suppressed already; look for it in the list.", field="address")
        _record("suppression.added", stored, scope, reason=reason.value, is_for_good=until is None)
    return stored


def lift_suppression(*, scope: Scope, address: str) -> None:
    """Let an address be written to again; wishes of its owner stand as they are.

    Raises:
        ForbiddenError: they are no administrator.
        NotFoundError: it is not suppressed.
    """
    _require_administrator(scope)
    with transaction() as session:
        reason = session.scalar(
            delete(Suppression).where(Suppression.address == address).returning(Suppression.reason)
        )
        if reason is None:
            raise NotFoundError("This address is not suppressed, or somebody removed it in the meantime.")
        _record("suppression.lifted", address, scope, reason=reason)


def _checked_detail(text: str) -> str:
    """Return what is known of an address as one line."""
    detail = normalise_name(text)
    if len(detail) > DETAIL_LIMIT:
        raise StaffError(f"Keep it below {DETAIL_LIMIT} characters.", field="detail")
    return detail


def _check_end(until: datetime | None, now: datetime) -> None:
    """Refuse an end that has passed, or that means for good."""
    if until is not None and until <= now:
        raise StaffError("That day has passed. Choose a later one, or none for good.", field="until")
    if until is not None and until > now + LONGEST:
        raise StaffError("That is beyond anybody's lifetime. Leave it empty to mean for good.", field="until")


def _require_administrator(scope: Scope) -> None:
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may change suppressions, since they bind everybody.")


def _normalised(address: str) -> str:
    """Return a typed address normalised, with a fault put at its field."""
    try:
        return normalise_address(address)
    except StaffError as error:
        raise StaffError(error.message, field="address") from error


def _record(verb: str, address: str, scope: Scope, **data: object) -> None:
    """Write a deed into the audit trail, which holds no addresses.

    The subject is a keyed fingerprint: entries of one address can be found by whoever knows it, and nobody can
    read the address from them.
    """
    key = current_app.extensions["tokens"].key("suppression")
    record(
        verb,
        "suppression",
        hashlib.blake2b(address.encode(), key=key, digest_size=12).hexdigest(),
        actor_id=scope.user_id,
        programme_id=None,
        event_id=None,
        person_id=db.session.scalar(select(Person.id).where(Person.email == address)),
        **data,
    )
