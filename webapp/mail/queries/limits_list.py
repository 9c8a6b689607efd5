"""Questions for the page of limits: what is set, how full the buckets are now, who keeps connections."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Integer, Table, cast, func, or_, select, update

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.mail.domain.brakes import CLOSED
from webapp.mail.domain.limits import SPREAD, day_of, fill, per_second
from webapp.mail.domain.states import EmailState, ShootState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.limits import Bucket, ConnectionShare, Limit
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import CHUNK_SIZE, Chunk, Shoot
from webapp.mail.queries.limits import SenderLimits, limits_of

RECENT = timedelta(minutes=1)
_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table
_UNDER_WAY = (ShootState.SENDING, ShootState.PAUSED, ShootState.HALTED)


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit of a domain or a server, and how it stands now.

    Args:
        kind, name, rate_per_minute, connection_count: as in the table.
        tokens: letters that might go at once; None without a rate.
        in_use_at: when letters were last asked for; None for never.
        is_in_use: that was within the last minute.
        line_ends_at: when the last letter that was put back has its turn; None for no line.
        waiting_count: letters in that line, about.
        open_count: connections that workers keep.
        worker_count: workers that keep some or wait for some.
    """

    kind: str
    name: str
    rate_per_minute: int | None
    connection_count: int | None
    tokens: float | None = None
    in_use_at: datetime | None = None
    is_in_use: bool = False
    line_ends_at: datetime | None = None
    waiting_count: int = 0
    open_count: int = 0
    worker_count: int = 0

    @property
    def key(self) -> str:
        """Return what names it in an address."""
        return f"{self.kind}:{self.name}"


def find_limit_lines() -> list[LimitLine]:
    """Return all limits of domains and servers with their state, by kind and name."""
    shares = (
        select(
            ConnectionShare.server,
            func.sum(ConnectionShare.connection_count).label("open"),
            func.count().label("workers"),
        )
        .where(ConnectionShare.lease_until > func.now())
        .group_by(ConnectionShare.server)
        .subquery()
    )
    rows = db.session.execute(
        select(Limit, Bucket, shares.c.open, shares.c.workers, func.clock_timestamp())
        .join(Bucket, Bucket.key == Limit.kind + ":" + Limit.name, isouter=True)
        .join(shares, (Limit.kind == "server") & (shares.c.server == Limit.name), isouter=True)
        .order_by(Limit.kind, Limit.name)
    )
    return [
        _line(limit, bucket, int(used or 0), int(workers or 0), at)
        for limit, bucket, used, workers, at in rows
    ]


def _line(limit: Limit, bucket: Bucket | None, used: int, workers: int, at: datetime) -> LimitLine:
    rate = per_second(limit.rate_per_minute) if limit.rate_per_minute is not None else None
    tokens, ends = None, None
    if rate is not None and bucket is not None:
        tokens = max(0.0, fill(bucket.tokens, (at - bucket.filled_at).total_seconds(), rate))
        ends = bucket.queued_until if bucket.queued_until is not None and bucket.queued_until > at else None
    return LimitLine(
        kind=limit.kind,
        name=limit.name,
        rate_per_minute=limit.rate_per_minute,
        connection_count=limit.connection_count,
        tokens=tokens,
        in_use_at=bucket.filled_at if bucket is not None else None,
        is_in_use=bucket is not None and at - bucket.filled_at < RECENT,
        line_ends_at=ends,
        waiting_count=round((ends - at).total_seconds() * rate * SPREAD) if ends and rate else 0,
        open_count=used,
        worker_count=workers,
    )


@dataclass(frozen=True, slots=True)
class SenderLine:
    """A sender that has limits, and how many of the day's letters have gone."""

    sender: Sender
    limits: SenderLimits
    used_today: int
    is_resting: bool


def find_limited_senders() -> list[SenderLine]:
    """Return the senders that have limits, by address."""
    rows = db.session.execute(
        select(Sender, Bucket.day, Bucket.day_count, func.clock_timestamp())
        .join(Bucket, Bucket.key == func.concat("sender:", Sender.id), isouter=True)
        .where(or_(Sender.rate_per_minute > 0, Sender.daily_quota > 0, Sender.window_from.isnot(None)))
        .order_by(Sender.address)
    )
    return [_sender_line(sender, day, count or 0, at) for sender, day, count, at in rows]


def _sender_line(sender: Sender, day: date | None, count: int, at: datetime) -> SenderLine:
    limits = limits_of(sender)
    used = count if day == day_of(at, limits.zone) else 0
    rests = sender.bulk_rest_until is not None and sender.bulk_rest_until > at
    return SenderLine(sender, limits, used, rests)


def get_limit(key: str) -> Limit:
    """Return a limit by what names it in an address.

    Raises:
        NotFoundError: there is none.
    """
    kind, _, name = key.replace("\x00", "").partition(":")
    row = db.session.get(Limit, (kind, name))
    if row is None:
        raise NotFoundError("There is no such limit. Somebody may have removed it.")
    return row


def find_shoots_with_put_back(domain: str) -> list[int]:
    """Return the shoots in which letters may wait for the turn of a domain: those with a line, and open ones."""
    line = select(Bucket.key).where(Bucket.key == f"domain:{domain}", Bucket.queued_until > func.now())
    return list(
        db.session.scalars(
            select(Shoot.id).where(Shoot.state.in_(_UNDER_WAY), line.exists()).order_by(Shoot.id)
        )
    )


def end_line(domain: str) -> None:
    """Forget how long the line of a domain is."""
    db.session.execute(update(Bucket).where(Bucket.key == f"domain:{domain}").values(queued_until=None))


def let_try(shoot_id: int, domain: str) -> None:
    """Let letters of a shoot be tried at once that wait for the turn of a domain."""
    number = cast(func.div(_emails.c.seq, CHUNK_SIZE), Integer)
    freed = (
        update(_emails)
        .where(
            _emails.c.shoot_id == shoot_id,
            _emails.c.state == EmailState.PENDING,
            _emails.c.next_at > func.now(),
            _emails.c.next_at < CLOSED,  # those wait for a canary and not for a turn
            func.split_part(_emails.c.address, "@", 2) == domain,
        )
        .values(next_at=None)
        .returning(number)
    )
    numbers = sorted(set(db.session.scalars(freed)))
    db.session.execute(
        update(Chunk)
        .where(Chunk.shoot_id == shoot_id, Chunk.number.in_(numbers), Chunk.next_at.isnot(None))
        .values(next_at=func.now())
        .execution_options(synchronize_session=False)
    )
