"""The end of a shoot by everything that slows it, and the words that say what decides it."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.mail.domain.limits import Hours
from webapp.mail.domain.limits_estimate import Course, Estimate, Reason, SlowDomain, estimate

WARSAW = ZoneInfo("Europe/Warsaw")
NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)  # 12:00 in Warsaw, a Friday
DAY = Hours(time(8), time(20), WARSAW)


def said(course: Course, now: datetime = NOON) -> Estimate:
    return estimate(course, now, WARSAW)


@pytest.mark.parametrize(
    ("course", "minutes", "reason", "words"),
    [
        (Course(30_000), 1, Reason.GUESS, "usual pace"),
        (Course(600, pace=10.0), 1, Reason.PACE, "at this pace"),
        (Course(600, pace=50.0, rate_per_minute=60), 10, Reason.SENDER, "at most 60 letters a minute"),
        (Course(600, pace=0.99, rate_per_minute=60), 10, Reason.SENDER, "the sender may send"),
        (Course(600, rate_per_minute=600, server_rate_per_minute=60), 10, Reason.SERVER, "mail server"),
        (
            Course(60_000, pace=100.0, slow_domains=[SlowDomain("slow.example", 300, 10)]),
            30,
            Reason.DOMAIN,
            "slow.example: at most 10 letters a minute",
        ),
        (Course(60_000, pace=100.0, slow_domains=[SlowDomain("a.example", 3, 10)]), 10, Reason.PACE, "this"),
        (
            Course(600, rate_per_minute=1, hours=DAY, zone=WARSAW),
            22 * 60,
            Reason.HOURS,
            "the last of it goes out tomorrow at 08:00, the sender’s hours",
        ),
        (
            Course(1200, pace=10, daily_quota=500, used_today=300, zone=WARSAW),
            36 * 60 + 500 / 600,
            Reason.QUOTA,
            "goes out on Sun 22 Nov at 00:00, the sender may send 500 letters a day",
        ),
    ],
)
def test_what_decides(course: Course, minutes: float, reason: Reason, words: str) -> None:
    answer = said(course)
    assert answer.reason is reason
    assert words in answer.why
    assert answer.waits_until is None
    assert answer.ends_at is not None
    assert abs((answer.ends_at - NOON).total_seconds() / 60 - minutes) < 0.01


def test_what_waits_says_until_when() -> None:
    night = said(Course(600, hours=DAY, zone=WARSAW), NOON + timedelta(hours=10))
    assert night.why == "goes on tomorrow at 08:00, the sender’s hours"
    assert night.waits_until == datetime(2026, 11, 21, 7, 0, tzinfo=UTC)
    early = said(Course(600, hours=DAY, zone=WARSAW), NOON - timedelta(hours=6))
    assert early.why == "goes on at 08:00, the sender’s hours"
    spent = said(Course(100, daily_quota=500, used_today=500, hours=DAY, zone=WARSAW))
    assert spent.why == "goes on tomorrow at 08:00, the sender may send 500 letters a day"
    assert spent.reason is Reason.QUOTA


def test_what_nobody_will_see_has_no_end() -> None:
    assert said(Course(10_000_000, rate_per_minute=1)).ends_at is None
    assert said(Course(10_000_000, daily_quota=100, zone=WARSAW)).ends_at is None


@given(
    count=st.integers(0, 100_000),
    pace=st.floats(0.5, 500),
    quota=st.none() | st.integers(1000, 10_000),
    used=st.integers(0, 5000),
    has_hours=st.booleans(),
)
def test_more_limits_never_end_sooner(
    count: int, pace: float, quota: int | None, used: int, has_hours: bool
) -> None:
    free = said(Course(count, pace=pace))
    bound = said(
        Course(count, pace, daily_quota=quota, used_today=used, hours=DAY if has_hours else None, zone=WARSAW)
    )
    assert free.ends_at is not None
    if bound.ends_at is not None:
        assert bound.ends_at >= free.ends_at - timedelta(milliseconds=1)
