"""Numbers, times and the balanced bar as pages write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.web.formats import ago, bar_segments, duration, instant, number, plural, spark_points

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1\u202f000"),
        (1234567, "1\u202f234\u202f567"),
        (2.5, "2.5"),
        (3.0, "3"),
    ],
)
def test_numbers_are_exact_and_grouped(value: float, words: str) -> None:
    assert number(value) == words


def test_no_number_is_a_dash() -> None:
    assert number(None) == "–"


def test_a_count_carries_its_noun() -> None:
    assert [plural(n, "person", "people") for n in (0, 1, 2)] == ["0 people", "1 person", "2 people"]
    assert plural(1200, "letter") == "1\u202f200 letters"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.2, "under 1 s"),
        (59, "59 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (11_400, "3 h 10 min"),
        (187_200, "2 d 4 h"),
    ],
)
def test_a_length_of_time_has_at_most_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words
    assert duration(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (5, "just now"),
        (-5, "in a moment"),
        (60, "1 minute ago"),
        (180, "3 minutes ago"),
        (7200, "2 hours ago"),
        (-7200, "in 2 hours"),
        (86_400 * 3, "3 days ago"),
        (86_400 * 400, "400 days ago"),
    ],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    assert ago(NOON - timedelta(seconds=seconds), NOON) == words


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "Sat 21 Nov 2026, 12:00 UTC"),
        ("Europe/Warsaw", "Sat 21 Nov 2026, 13:00 CET"),
        ("Asia/Kathmandu", "Sat 21 Nov 2026, 17:45 UTC+5:45"),
        ("America/Sao_Paulo", "Sat 21 Nov 2026, 09:00 UTC-3"),
    ],
)
def test_an_instant_names_its_zone(zone: str, words: str) -> None:
    assert instant(NOON, ZoneInfo(zone)) == words


@given(st.lists(st.integers(min_value=0, max_value=10**7), min_size=1, max_size=8))
def test_a_bar_keeps_every_count_and_fills_its_width(counts: list[int]) -> None:
    segments = bar_segments(
        [{"key": f"k{i}", "label": "L", "count": count} for i, count in enumerate(counts)]
    )

    assert [s.count for s in segments] == counts
    assert all((s.width > 0) == (s.count > 0) for s in segments)
    if sum(counts):
        assert sum(s.width for s in segments) == pytest.approx(100, abs=0.05)


def test_one_failure_in_a_hundred_thousand_can_be_seen() -> None:
    segments = bar_segments(
        [{"key": "sent", "label": "Sent", "count": 99_999}, {"key": "failed", "label": "Failed", "count": 1}]
    )

    assert segments[1].width >= 0.8
    assert segments[1].x == pytest.approx(segments[0].width)


def test_a_spark_line_stays_in_its_box() -> None:
    points = [tuple(map(float, pair.split(","))) for pair in spark_points([0, 5, 10]).split()]

    assert points == [(0, 26), (60, 14), (120, 2)]
    assert spark_points([]) == ""
