"""Write down from which addresses letters may come, and change that."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import time
from typing import Any

from flask import current_app

from webapp.core.audit import record
from webapp.core.errors import ForbiddenError, StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.core.wake import wake
from webapp.mail.domain.headers import ascii_address, clean_line
from webapp.mail.domain.limits import MOST_PER_DAY, MOST_PER_MINUTE, check_hours, check_number
from webapp.mail.domain.local_time import find_zone
from webapp.mail.domain.states import Lane
from webapp.mail.domain.values import PoisonError
from webapp.mail.models.sender import Sender
from webapp.mail.queries.sender_list import get_sender
from webapp.people.domain.addresses import normalise_address
from webapp.people.domain.scope import Scope

NAME_LIMIT = 100  # characters; a mailbox shows the first thirty
LIMITS = {"rate_per_minute", "daily_quota", "window_from", "window_to", "window_zone"}
ADDRESS_TAKEN = "There is a sender with this address already. Change that one."


@dataclass(frozen=True, slots=True)
class SenderDetails:
    """What staff say of a sender, as typed.

    Args:
        address: what stands in From, and where bounces go.
        display_name: how the sender is called.
        reply_to: where answers go; "" to the address.
        programme_id, event_id: who may use it; none for everybody, an event's with its programme.
        is_active: it can be chosen.
        account: an SMTP URL of its own, found sound; "" takes it away, None leaves what is stored.
        rate_per_minute, daily_quota: letters at most; None for no limit.
        window_from, window_to: between which times of day bulk letters go out; both or neither.
        window_zone: on whose clocks these and the quota's days are.
    """

    address: str
    display_name: str = ""
    reply_to: str = ""
    programme_id: int | None = None
    event_id: int | None = None
    is_active: bool = True
    account: str | None = field(default=None, repr=False)
    rate_per_minute: int | None = None
    daily_quota: int | None = None
    window_from: time | None = None
    window_to: time | None = None
    window_zone: str = "UTC"


def _values(details: SenderDetails) -> dict[str, Any]:
    """Return the columns to write; an account is sealed, and left alone where nothing was said of it."""
    values = asdict(details)
    account = values.pop("account")
    if account is not None:
        values["account"] = current_app.extensions["vault"].seal(account) or None
    return values


def add_sender(*, scope: Scope, details: SenderDetails) -> int:
    """Add a sender.

    Returns:
        Its id.

    Raises:
        ForbiddenError: they are no administrator.
        StaffError: something typed cannot stand in a header, or the address is taken.
    """
    _require_administrator(scope)
    details = _checked(details)
    with transaction() as session:
        sender = Sender(**_values(details))
        with refusing("uq_senders_address", StaffError(ADDRESS_TAKEN, field="address")):
            session.add(sender)
        _record("sender.added", sender, scope)
        return sender.id


def change_sender(*, scope: Scope, sender_id: int, details: SenderDetails) -> None:
    """Change a sender; shoots that were asked for before keep what they were asked for with.

    Raises:
        ForbiddenError: they are no administrator.
        NotFoundError: there is no such sender.
        StaffError: something typed cannot stand in a header, or the address is taken.
    """
    _require_administrator(scope)
    details = _checked(details)
    with transaction():
        sender = get_sender(sender_id)
        values = _values(details)
        changed = [name for name, value in values.items() if getattr(sender, name) != value]
        with refusing("uq_senders_address", StaffError(ADDRESS_TAKEN, field="address")):
            for name in changed:
                setattr(sender, name, values[name])
        if LIMITS & set(changed):  # whatever let its bulk letters rest is judged anew
            sender.bulk_rest_until = sender.bulk_rest_reason = None
            wake(Lane.BULK)
        if changed:
            _record("sender.changed", sender, scope, changed=changed)


def adjust_sender(*, scope: Scope, sender_id: int, **changes: Any) -> None:
    """Change some of what is said of a sender; the rest stays as it is.

    Args:
        scope: who acts.
        sender_id: which.
        changes: fields of ``SenderDetails`` with their new values.

    Raises:
        ForbiddenError, NotFoundError, StaffError: as for ``change_sender``.
    """
    with transaction():
        row = get_sender(sender_id)
        names = (one.name for one in fields(SenderDetails) if one.name != "account")
        details = SenderDetails(**{name: getattr(row, name) for name in names})
        change_sender(scope=scope, sender_id=sender_id, details=replace(details, **changes))


def _require_administrator(scope: Scope) -> None:
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may change senders.")


def _checked(details: SenderDetails) -> SenderDetails:
    """Return what was typed as it is stored."""
    name = _header_name(details.display_name)
    check_number(details.rate_per_minute, MOST_PER_MINUTE, "rate_per_minute", "Letters a minute")
    check_number(details.daily_quota, MOST_PER_DAY, "daily_quota", "Letters a day")
    check_hours(details.window_from, details.window_to)
    return replace(
        details,
        address=_header_address(details.address, "address"),
        display_name=name,
        reply_to=_header_address(details.reply_to, "reply_to") if details.reply_to.strip() else "",
        window_zone=_zone_name(details.window_zone),
    )


def _zone_name(text: str) -> str:
    """Return a time zone's name."""
    try:
        return find_zone(text).key
    except StaffError as error:
        raise StaffError(error.message, field="window_zone") from error


def _header_name(text: str) -> str:
    """Return a display name that can stand in a header."""
    try:
        name = clean_line(text, "The name")
    except PoisonError as error:
        raise StaffError(str(error), field="display_name") from error
    if len(name) > NAME_LIMIT:
        raise StaffError(f"Keep the name below {NAME_LIMIT} characters.", field="display_name")
    return name


def _header_address(text: str, field: str) -> str:
    """Return an address that can stand in From and Reply-To: ASCII, but for a domain that has an ASCII form."""
    try:
        address = normalise_address(text)
        ascii_address(address)
    except StaffError as error:
        raise StaffError(error.message, field=field) from error
    except PoisonError as error:
        raise StaffError(f"{error} Take an address without such letters.", field=field) from error
    return address


def _record(verb: str, sender: Sender, scope: Scope, **data: object) -> None:
    """Write a deed into the audit trail."""
    record(
        verb,
        "sender",
        sender.id,
        actor_id=scope.user_id,
        programme_id=sender.programme_id,
        event_id=sender.event_id,
        **data,
    )
