"""Questions about limits of speed: what people set, and which senders rest because of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Executable,
    String,
    Time,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
    update,
)

from webapp.core.database import db
from webapp.core.prepared import Prepared
from webapp.mail.domain.limits import Hours
from webapp.mail.domain.local_time import find_zone
from webapp.mail.models.limits import Limit
from webapp.mail.models.sender import Sender


@dataclass(frozen=True, slots=True)
class SenderLimits:
    """How fast, how many and when letters of a sender may go."""

    rate_per_minute: int | None
    daily_quota: int | None
    hours: Hours | None
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """How fast letters may go through a mail server, and over how many connections."""

    rate_per_minute: int | None
    connection_count: int | None


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits that are set, and the database's time when they were read (None where nothing is set)."""

    at: datetime | None = None
    senders: Mapping[int, SenderLimits] = field(default_factory=dict)
    domains: Mapping[str, int] = field(default_factory=dict)  # letters a minute
    servers: Mapping[str, ServerLimits] = field(default_factory=dict)


def limits_of(sender: Sender) -> SenderLimits:
    """Return the limits of a sender."""
    return _sender_limits(
        sender.rate_per_minute, sender.daily_quota, sender.window_from, sender.window_to, sender.window_zone
    )


def _sender_limits(
    rate: int | None, quota: int | None, begin: time | None, end: time | None, zone_name: str
) -> SenderLimits:
    zone = find_zone(zone_name)
    hours = Hours(begin, end, zone) if begin is not None and end is not None else None
    return SenderLimits(rate, quota, hours, zone)


def _build_limits() -> Executable:
    """Return the query for everything that is set, senders and others alike."""
    senders = select(
        literal("sender").label("kind"),
        cast(Sender.id, String).label("name"),
        Sender.rate_per_minute,
        Sender.daily_quota,
        Sender.window_from,
        Sender.window_to,
        Sender.window_zone,
        func.clock_timestamp(),
    ).where(or_(Sender.rate_per_minute > 0, Sender.daily_quota > 0, Sender.window_from.isnot(None)))
    others = select(
        Limit.kind,
        Limit.name,
        Limit.rate_per_minute,
        Limit.connection_count,
        cast(null(), Time),
        cast(null(), Time),
        cast(null(), String),
        func.clock_timestamp(),
    )
    return union_all(senders, others)


_LIMITS = Prepared(_build_limits)


def find_limits() -> Limits:
    """Return all limits that are set, by one query."""
    senders: dict[int, SenderLimits] = {}
    domains: dict[str, int] = {}
    servers: dict[str, ServerLimits] = {}
    at = None
    for kind, name, rate, second, begin, end, zone, at in _LIMITS.run():  # noqa: B007 -- any row's time will do
        if kind == "sender":
            senders[int(name)] = _sender_limits(rate, second, begin, end, zone)
        elif kind == "server":
            servers[name] = ServerLimits(rate, second)
        elif rate is not None:
            domains[name] = rate
    return Limits(at, senders, domains, servers)


def rest_bulk(sender_id: int, until: datetime, reason: str) -> None:
    """Let the bulk letters of a sender rest, until its hours begin or a new day; urgent ones go on."""
    db.session.execute(
        update(Sender)
        .where(Sender.id == sender_id)
        .values(bulk_rest_until=until, bulk_rest_reason=reason)
        .execution_options(synchronize_session=False)
    )


def end_bulk_rest(sender_ids: Sequence[int], reason: str) -> None:
    """Let bulk letters go on that rest for a reason which is none any more."""
    db.session.execute(
        update(Sender)
        .where(Sender.id.in_(sorted(sender_ids)), Sender.bulk_rest_reason == reason)
        .values(bulk_rest_until=None, bulk_rest_reason=None)
        .execution_options(synchronize_session=False)
    )
