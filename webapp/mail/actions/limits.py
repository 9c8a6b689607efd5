"""Set how fast letters go to a domain or through a mail server, and take that away again."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from webapp.core.audit import record
from webapp.core.database import db
from webapp.core.errors import ForbiddenError, StaffError
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.domain.limits import MOST_PER_MINUTE, check_number
from webapp.mail.domain.states import Lane
from webapp.mail.models.limits import Limit
from webapp.mail.queries.limits_list import end_line, find_shoots_with_put_back, get_limit, let_try
from webapp.people.domain.addresses import normalise_address
from webapp.people.domain.scope import Scope

MOST_CONNECTIONS = 10_000


@dataclass(frozen=True, slots=True)
class LimitDetails:
    """What an administrator says of a limit.

    Args:
        kind: ``domain`` or ``server``.
        name: a recipient's domain, or host:port of a server, as typed.
        rate_per_minute: letters at most; None for no limit.
        connection_count: of a server, over all workers; None for no limit.
    """

    kind: str
    name: str
    rate_per_minute: int | None = None
    connection_count: int | None = None


def add_limit(*, scope: Scope, details: LimitDetails) -> str:
    """Set a limit; workers obey it within two seconds.

    Returns:
        What names it in an address.

    Raises:
        ForbiddenError: they are no administrator.
        StaffError: it is no domain or server, no number, or there is a limit already.
    """
    _require_administrator(scope)
    name = read_domain(details.name) if details.kind == "domain" else read_server(details.name)
    values = _checked(details)
    with transaction() as session:
        if session.get(Limit, (details.kind, name)) is not None:
            raise StaffError("There is a limit for it already. Change that one.", field="name")
        session.add(Limit(kind=details.kind, name=name, **values))
        _record("limit.added", f"{details.kind}:{name}", scope, values)
    return f"{details.kind}:{name}"


def change_limit(*, scope: Scope, key: str, details: LimitDetails) -> None:
    """Change a limit; letters that were put back by the old one are tried anew.

    Raises:
        ForbiddenError: they are no administrator.
        NotFoundError: there is none.
        StaffError: no number.
    """
    _require_administrator(scope)
    with transaction():
        limit = get_limit(key)
        values = _checked(
            LimitDetails(limit.kind, limit.name, details.rate_per_minute, details.connection_count)
        )
        limit.rate_per_minute = values["rate_per_minute"]
        limit.connection_count = values["connection_count"]
        _record("limit.changed", key, scope, values)
    _try_anew(key)


def remove_limit(*, scope: Scope, key: str) -> None:
    """Take a limit away.

    Raises:
        ForbiddenError: they are no administrator.
        NotFoundError: there is none.
    """
    _require_administrator(scope)
    with transaction():
        db.session.delete(get_limit(key))
        _record("limit.removed", key, scope, {})
    _try_anew(key)


def read_domain(text: str) -> str:
    """Return a recipient's domain as addresses are stored with it.

    Raises:
        StaffError: it is none.
    """
    try:
        return normalise_address(f"somebody@{text.strip().removeprefix('@')}").rpartition("@")[2]
    except StaffError as error:
        words = "This is no domain. Write what stands behind the @, for example gmail.com."
        raise StaffError(words, field="name") from error


def read_server(text: str) -> str:
    """Return a server as ``host:port``.

    Raises:
        StaffError: it is none.
    """
    refusal = StaffError("Write the server as host:port, for example smtp.example.org:587.", field="name")
    try:
        parts = urlsplit(f"smtp://{text.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise refusal from error
    if (
        not host
        or not port
        or parts.path
        or parts.query
        or parts.username
        or not host.isprintable()
        or " " in host
    ):
        raise refusal
    return f"{host}:{port}"


def _checked(details: LimitDetails) -> dict[str, int | None]:
    """Return the numbers of a limit."""
    rate, count = details.rate_per_minute, details.connection_count if details.kind == "server" else None
    check_number(rate, MOST_PER_MINUTE, "rate_per_minute", "Letters a minute")
    check_number(count, MOST_CONNECTIONS, "connection_count", "Connections")
    if rate is None and count is None:
        raise StaffError("Write how many letters a minute at most.", field="rate_per_minute")
    return {"rate_per_minute": rate, "connection_count": count}


def _try_anew(key: str) -> None:
    """Let letters that wait for the turn of a domain be tried at once, shoot by shoot."""
    kind, _, domain = key.partition(":")
    if kind != "domain":
        return
    with transaction():
        shoot_ids = find_shoots_with_put_back(domain)
    for shoot_id in shoot_ids:
        with transaction():
            let_try(shoot_id, domain)
            wake(Lane.BULK)
    with transaction():
        end_line(domain)


def _require_administrator(scope: Scope) -> None:
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may change limits.")


def _record(verb: str, key: str, scope: Scope, values: Mapping[str, int | None]) -> None:
    """Write a deed into the audit trail."""
    record(verb, "limit", key, actor_id=scope.user_id, values=dict(values))
