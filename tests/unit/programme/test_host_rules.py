"""Who may apply to host, and for when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from webapp.core.errors import StaffError
from webapp.programme.domain.host_questions import answer_lines, questions_for
from webapp.programme.domain.host_rules import (
    DatePrecision,
    EarlierApplication,
    HostLimits,
    PartialDate,
    read_partial_date,
    refuse_date,
    refuse_lead,
)

LIMITS = HostLimits(min_lead_days=90, min_gap_days=180, open_application_days=180)
TODAY = date(2026, 11, 21)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MAY = PartialDate(date(2027, 5, 8))


def test_a_month_is_a_date_too() -> None:
    assert read_partial_date("2027", "5") == PartialDate(date(2027, 5, 1), DatePrecision.MONTH)
    assert read_partial_date("2027", "05", " 8 ") == MAY


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [
        ("", "5", ""),
        ("2027", "", "3"),
        ("2027", "2", "30"),
        ("20277", "1", "1"),
        ("x", "1", ""),
        ("1", "1", "-4"),
    ],
)
def test_what_is_no_date_is_refused_with_its_field(year: str, month: str, day: str) -> None:
    with pytest.raises(StaffError) as refusal:
        read_partial_date(year, month, day)
    assert refusal.value.field == "date"


@pytest.mark.parametrize(
    ("days", "is_refused"), [(-1, True), (0, True), (61, True), (89, True), (90, False), (400, False)]
)
def test_a_day_is_ninety_days_away(days: int, is_refused: bool) -> None:
    refusal = refuse_date(PartialDate(TODAY + timedelta(days=days)), TODAY, LIMITS)
    assert (refusal is not None) == is_refused
    assert refusal is None or refusal.field == "date"


def test_a_month_will_do_if_one_of_its_days_does() -> None:
    ninety = TODAY + timedelta(days=90)  # 19 February
    assert refuse_date(PartialDate(ninety.replace(day=1), DatePrecision.MONTH), TODAY, LIMITS) is None
    assert refuse_date(PartialDate(date(2027, 1, 1), DatePrecision.MONTH), TODAY, LIMITS) is not None


@pytest.mark.parametrize(("days", "is_new", "count"), [(179, True, 1), (180, True, 0), (10, False, 0)])
def test_an_open_application_is_answered_first(days: int, is_new: bool, count: int) -> None:
    earlier = EarlierApplication("H-2026-0001", NOW - timedelta(days=days), is_new)
    refusals = refuse_lead(MAY, [earlier], NOW, LIMITS)
    assert len(refusals) == count
    assert all("H-2026-0001" in refusal.sentence for refusal in refusals)


@pytest.mark.parametrize(("gap", "count"), [(179, 1), (180, 0), (-179, 1), (-180, 0)])
def test_two_events_of_one_lead_lie_apart(gap: int, count: int) -> None:
    earlier = EarlierApplication("H-1", NOW - timedelta(days=400), False, MAY.first - timedelta(days=gap))
    assert len(refuse_lead(MAY, [earlier], NOW, LIMITS)) == count


def test_questions_follow_team_and_kind() -> None:
    assert not questions_for("about", is_returning=True, format="remote")
    keys = {question.key for question in questions_for("place", is_returning=True, format="remote")}
    assert "tools" in keys
    assert "venue" not in keys


def test_answers_stand_in_the_order_of_the_questions() -> None:
    lines = answer_lines({"venue": "A library", "about": "Me", "why": "", "other": "x"})
    assert [answer for _, answer in lines] == ["Me", "A library", "x"]
