"""Buckets, days and hours: never faster than the rate, never much slower, and open when the clocks say so."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.core.errors import StaffError
from webapp.mail.domain import limits
from webapp.mail.domain.limits import Hours, check_hours, day_of, next_day, turn_of

ZONES = ("UTC", "Europe/Warsaw", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
walls = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))


@settings(max_examples=50)
@given(rate=st.floats(0.05, 5000), stride=st.floats(0.01, 0.99), wanted=st.integers(1, 20_000))
def test_a_bucket_keeps_its_rate_over_a_minute_however_often_one_looks(
    rate: float, stride: float, wanted: int
) -> None:
    tokens, elapsed, given_out = 0.0, 0.0, 0
    for look in (0.02 + 0.48 * (number * stride % 1) for number in range(250)):
        elapsed += look
        tokens = limits.fill(tokens, look, rate)
        got = limits.grant(tokens, wanted)
        tokens, given_out = tokens - got, given_out + got
    assert given_out <= rate * elapsed + limits.capacity(rate)
    if wanted >= limits.capacity(rate):
        assert rate * elapsed * 0.98 - 1 <= given_out <= rate * elapsed + 1e-6


@given(tokens=st.floats(-20, 20), rate=st.floats(0.05, 5000))
def test_the_next_token_is_there_when_it_was_said(tokens: float, rate: float) -> None:
    seconds = limits.seconds_until_token(tokens, rate)
    assert limits.grant(tokens + rate * seconds, 1) == 1
    if seconds > 0:
        assert limits.grant(tokens, 1) == 0
    assert limits.fill(tokens, -5, rate) <= max(tokens, limits.capacity(rate)), "no clock takes or gives"


def test_who_is_in_a_hurry_borrows_and_nobody_gets_more_than_the_day_has_left() -> None:
    assert limits.grant(0.2, 5, floor=-2) == 2
    assert limits.grant(100, 50, left_today=7) == 7
    assert limits.grant(100, 50, left_today=-3) == 0
    assert [turn_of(place, 0.0, 2.0) for place in range(4)] == [0.5, 1.0, 1.5, 2.0]
    assert turn_of(0, 60.0, 100.0) == 60.5


@settings(max_examples=60)
@given(at=instants, begin=walls, end=walls, zone=st.sampled_from(ZONES))
def test_hours_open_when_they_say(at: datetime, begin: time, end: time, zone: str) -> None:
    if begin == end:
        return
    hours = Hours(begin, end, ZoneInfo(zone))
    opens = hours.opens_at(at)
    assert hours.is_open(opens)
    assert at <= opens <= at + timedelta(hours=25)
    shuts = hours.shuts_at(opens)
    assert opens < shuts <= opens + timedelta(hours=25)
    minute = at
    while minute < opens - timedelta(
        hours=1
    ):  # within the hour that a spring night skips it may be open before
        assert not hours.is_open(minute)
        minute += timedelta(minutes=29)


def test_days_begin_on_the_clocks_of_the_zone() -> None:
    warsaw = ZoneInfo("Europe/Warsaw")
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    assert day_of(late, warsaw).day == 22
    assert next_day(late, warsaw) == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    over_midnight = Hours(time(22), time(6), warsaw)
    assert over_midnight.is_open(late)
    assert not over_midnight.is_open(late + timedelta(hours=8))
    assert str(over_midnight) == "22:00 to 06:00 (Europe/Warsaw)"


@pytest.mark.parametrize(("begin", "end"), [(time(8), None), (None, time(8)), (time(8), time(8))])
def test_hours_that_are_none_are_refused(begin: time | None, end: time | None) -> None:
    with pytest.raises(StaffError):
        check_hours(begin, end)
