"""Questions behind the time at which a shoot will be through."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.mail.domain.audience import Audience
from webapp.mail.domain.limits import SPREAD, day_of
from webapp.mail.domain.limits_estimate import Course, SlowDomain
from webapp.mail.domain.states import Lane
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.limits import Bucket
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.audience import select_recipients
from webapp.mail.queries.lease import WAITING
from webapp.mail.queries.limits import Limits, find_limits
from webapp.mail.queries.limits_tokens import get_used_today
from webapp.mail.queries.segments import Place
from webapp.people.models.person import Person

COUNTED = 20_000  # letters whose domains are counted; of more, the line of each domain tells


def plan_course(
    sender: Sender, server: str | None, count: int, audience: Audience, place: Place, kind: str
) -> Course:
    """Return on what the end of a letter to an audience would depend, were it sent now.

    Args:
        sender: whose letter.
        server: by which it goes, ``host:port``; None for a carrier that is no mail server.
        count: letters.
        audience, place, kind: who would get it.
    """
    limits = find_limits()
    slow: Sequence[SlowDomain] = ()
    if limits.domains:
        chosen = select_recipients(audience, place, kind=kind).subquery("recipients")
        domain = func.split_part(Person.email, "@", 2)
        rows = db.session.execute(
            select(domain, func.count())
            .join(chosen, chosen.c.id == Person.id)
            .where(domain.in_(list(limits.domains)))
            .group_by(domain)
        )
        slow = [SlowDomain(name, number, limits.domains[name]) for name, number in rows]
    return _course(limits, sender, server, count, None, slow)


def shoot_course(shoot: Shoot, sender: Sender, server: str | None, count: int, pace: float | None) -> Course:
    """Return on what the end of a shoot depends.

    Args:
        shoot: which.
        sender: its sender.
        server: by which it goes.
        count: letters that are still to go.
        pace: letters a second, as measured.
    """
    limits = find_limits()
    slow = _slow_of(shoot.id, limits.domains, count) if limits.domains else ()
    return _course(limits, sender, server, count, pace, slow, is_urgent=shoot.lane == Lane.URGENT)


def _slow_of(shoot_id: int, rates: Mapping[str, int], count: int) -> list[SlowDomain]:
    """Return the letters of a shoot to limited domains: counted where they are few, else by the lines."""
    domain = func.split_part(EmailLog.address, "@", 2)
    if count <= COUNTED:
        rows = db.session.execute(
            select(domain, func.count())
            .where(EmailLog.shoot_id == shoot_id, EmailLog.state.in_(WAITING), domain.in_(list(rates)))
            .group_by(domain)
        )
        return [SlowDomain(name, number, rates[name]) for name, number in rows]
    seconds = func.extract("epoch", Bucket.queued_until - func.now())
    lines = db.session.execute(
        select(Bucket.key, seconds).where(
            Bucket.key.in_([f"domain:{name}" for name in rates]), Bucket.queued_until > func.now()
        )
    )
    found = [(key.partition(":")[2], float(length)) for key, length in lines]
    return [SlowDomain(name, int(length * SPREAD * rates[name] / 60), rates[name]) for name, length in found]


def _course(
    limits: Limits,
    sender: Sender,
    server: str | None,
    count: int,
    pace: float | None,
    slow: Sequence[SlowDomain],
    *,
    is_urgent: bool = False,
) -> Course:
    by_server = limits.servers.get(server or "")
    own = limits.senders.get(sender.id)
    course = Course(
        count,
        pace or None,
        server_rate_per_minute=by_server.rate_per_minute if by_server else None,
        slow_domains=slow,
    )
    if own is None or limits.at is None:
        return course
    used = get_used_today(sender.id, day_of(limits.at, own.zone)) if own.daily_quota else 0
    return Course(
        count,
        course.pace,
        rate_per_minute=own.rate_per_minute,
        server_rate_per_minute=course.server_rate_per_minute,
        daily_quota=None if is_urgent else own.daily_quota,
        used_today=used,
        hours=None if is_urgent else own.hours,
        zone=own.zone,
        slow_domains=slow,
    )
