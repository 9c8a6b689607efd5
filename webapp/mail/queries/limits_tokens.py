"""Tokens that all workers share, taken and given back by the database's clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ARRAY, DATE, TEXT, Float, Integer, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.mail.domain.limits import capacity, per_second
from webapp.mail.models.limits import Bucket


@dataclass(frozen=True, slots=True)
class Asking:
    """How many tokens somebody wants of one bucket.

    Args:
        key: ``sender:17``, ``server:mail.example:25`` or ``domain:example.org``.
        wanted: how many.
        rate_per_minute: at which it fills; None for no limit but that of the day.
        may_borrow: it may go below nought as far as it goes above; for letters in a hurry.
        day: for which it is counted, on the clocks of the sender; None counts for no day.
        quota: most for that day.
        spread: seconds by which the turns of letters lie apart that get none; None makes no line.
    """

    key: str
    wanted: int
    rate_per_minute: int | None = None
    may_borrow: bool = False
    day: date | None = None
    quota: int | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a bucket gave.

    Args:
        count: tokens.
        seconds: until it gives the next one.
        used_today: of the quota, these included.
        line_seconds: how long the line was before those that got none.
    """

    count: int
    seconds: float
    used_today: int
    line_seconds: float


# Rows are locked in the order of their keys, whoever asks for which, so that two workers never wait for each
# other; time is read once a row is locked, so that it never runs backwards from one owner to the next.
_TAKE = text("""
WITH asked AS (
    SELECT * FROM unnest(:keys, :wanteds, :rates, :bursts, :floors, :days, :quotas, :spreads)
        AS asked (key, wanted, rate, burst, floor, day, quota, spread)
), locked AS MATERIALIZED (
    SELECT key, tokens, filled_at, day, day_count, queued_until FROM buckets
    WHERE key = ANY(:keys) ORDER BY key FOR UPDATE
), timed AS MATERIALIZED (
    SELECT locked.*, clock_timestamp() AS at FROM locked
), filled AS MATERIALIZED (
    SELECT key, at, wanted, rate, floor, spread, asked.day, quota,
        least(burst, tokens + rate * greatest(0, extract(epoch FROM at - filled_at)::float8)) AS tokens,
        CASE WHEN timed.day = asked.day THEN day_count ELSE 0 END AS used,
        greatest(queued_until, at) AS line
    FROM timed JOIN asked USING (key)
), given AS MATERIALIZED (
    SELECT filled.*,
        greatest(0, least(wanted, floor(tokens - floor + 1e-9)::int, quota - used)) AS count
    FROM filled
)
UPDATE buckets SET
    tokens = coalesce(given.tokens - given.count, 0),
    filled_at = given.at,
    day = given.day,
    day_count = CASE WHEN given.day IS NULL THEN 0 ELSE given.used + given.count END,
    queued_until = CASE WHEN given.wanted > given.count AND given.spread IS NOT NULL
        THEN given.line + (given.wanted - given.count) * given.spread * interval '1 second'
        ELSE buckets.queued_until END
FROM given WHERE buckets.key = given.key
RETURNING buckets.key, given.count,
    CASE WHEN given.rate IS NULL THEN 0
         ELSE greatest(0, 1 - (given.tokens - given.count - given.floor)) / given.rate END,
    buckets.day_count,
    extract(epoch FROM given.line - given.at)::float8
""").bindparams(
    bindparam("keys", type_=ARRAY(TEXT)),
    bindparam("wanteds", type_=ARRAY(Integer)),
    bindparam("rates", type_=ARRAY(Float)),
    bindparam("bursts", type_=ARRAY(Float)),
    bindparam("floors", type_=ARRAY(Float)),
    bindparam("days", type_=ARRAY(DATE)),
    bindparam("quotas", type_=ARRAY(Integer)),
    bindparam("spreads", type_=ARRAY(Float)),
)


def make_buckets(keys: Sequence[str]) -> None:
    """Make buckets that are not there yet; each has one token, so that the first letter need not wait."""
    if keys:
        rows = [{"key": key, "tokens": 1.0, "filled_at": func.clock_timestamp()} for key in sorted(set(keys))]
        db.session.execute(insert(Bucket).values(rows).on_conflict_do_nothing())


def take_tokens(asked: Sequence[Asking]) -> dict[str, Given]:
    """Take tokens of several buckets, in one statement; each gives what it has.

    Args:
        asked: one for each bucket.

    Returns:
        What each gave, by key; a bucket that was never made is missing.
    """
    rates = [None if one.rate_per_minute is None else per_second(one.rate_per_minute) for one in asked]
    bursts = [None if rate is None else capacity(rate) for rate in rates]
    rows = db.session.execute(
        _TAKE,
        {
            "keys": [one.key for one in asked],
            "wanteds": [one.wanted for one in asked],
            "rates": rates,
            "bursts": bursts,
            "floors": [
                -(burst or 0.0) if one.may_borrow else 0.0 for one, burst in zip(asked, bursts, strict=True)
            ],
            "days": [one.day for one in asked],
            "quotas": [one.quota for one in asked],
            "spreads": [one.spread for one in asked],
        },
    )
    return {key: Given(count, seconds, used, line) for key, count, seconds, used, line in rows}


_GIVE_BACK = text("""
WITH given AS (SELECT * FROM unnest(:keys, :counts, :days) AS given (key, count, day)),
locked AS MATERIALIZED (SELECT key FROM buckets WHERE key = ANY(:keys) ORDER BY key FOR UPDATE)
UPDATE buckets SET
    tokens = tokens + given.count,
    day_count = CASE WHEN buckets.day = given.day THEN greatest(0, day_count - given.count) ELSE day_count END
FROM given JOIN locked USING (key) WHERE buckets.key = given.key
""").bindparams(
    bindparam("keys", type_=ARRAY(TEXT)),
    bindparam("counts", type_=ARRAY(Integer)),
    bindparam("days", type_=ARRAY(DATE)),
)


def give_back_tokens(counts: Mapping[str, int], days: Mapping[str, date]) -> None:
    """Give tokens back that were not needed.

    Args:
        counts: by key.
        days: for which day they were counted, where they were.
    """
    keys = sorted(key for key, count in counts.items() if count)
    if keys:
        db.session.execute(
            _GIVE_BACK,
            {
                "keys": keys,
                "counts": [counts[key] for key in keys],
                "days": [days.get(key) for key in keys],
            },
        )


def get_used_today(sender_id: int, day: date) -> int:
    """Return how many letters of a sender have gone on a day."""
    used = select(Bucket.day_count).where(Bucket.key == f"sender:{sender_id}", Bucket.day == day)
    return db.session.scalar(used) or 0
