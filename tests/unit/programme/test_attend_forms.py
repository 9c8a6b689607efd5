"""When a form is open, on the clocks of the event's place, and what may stand above it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from webapp.core.errors import StaffError
from webapp.programme.domain.attend_forms import (
    Opening,
    check_times,
    clean_intro,
    find_opening,
    is_open,
    read_form_time,
)

NOON = datetime(2027, 3, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(text: str, zone: str, *, is_closing: bool = False) -> datetime | None:
    return read_form_time(text, zone, field="opens", is_closing=is_closing)


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "state", "opening"),
    [
        (None, None, "open", Opening.UNSET),
        (NOON, None, "open", Opening.OPEN),
        (NOON + HOUR, None, "open", Opening.BEFORE),
        (None, NOON + HOUR, "open", Opening.OPEN),
        (None, NOON, "open", Opening.AFTER),
        (NOON - HOUR, NOON + HOUR, "open", Opening.OPEN),
        (NOON - HOUR, NOON + HOUR, "cancelled", Opening.EVENT_CLOSED),
    ],
)
def test_a_form_is_open_between_its_times(
    opens_at: datetime | None, closes_at: datetime | None, state: str, opening: Opening
) -> None:
    assert find_opening(opens_at, closes_at, state, NOON) is opening
    assert is_open(opens_at, closes_at, NOON, state) is (opening is Opening.OPEN)


@pytest.mark.contract
@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2018-02-17", 2),  # the last day of Brazil's summer time
        ("2018-02-18", 3),
        ("2018-11-03", 3),
        ("2018-11-04", 2),  # the first day
        ("2027-02-18", 3),  # abolished in 2019: the zone's rules say so, nobody's memory
        ("2027-11-04", 3),
    ],
)
def test_contract_22_six_o_clock_in_sao_paulo_is_six_o_clock_there(day: str, hours: int) -> None:
    opens_at = at(f"{day}T18:00", "America/Sao_Paulo")
    assert opens_at == datetime.fromisoformat(f"{day}T18:00").replace(tzinfo=UTC) + hours * HOUR
    local = opens_at.astimezone(ZoneInfo("America/Sao_Paulo"))
    assert (local.hour, local.date().isoformat()) == (18, day)
    assert is_open(opens_at, None, opens_at)
    assert not is_open(opens_at, None, opens_at - timedelta(seconds=1))


def test_an_hour_that_comes_twice_opens_at_the_first_and_closes_at_the_second() -> None:
    opens_at = at("2027-10-31T02:30", "Europe/Warsaw")
    closes_at = at("2027-10-31T02:30", "Europe/Warsaw", is_closing=True)
    assert opens_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert closes_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_an_hour_that_is_skipped_is_refused() -> None:
    with pytest.raises(StaffError, match="does not exist") as refused:
        at("2027-03-28T02:30", "Europe/Warsaw")
    assert refused.value.field == "opens"


@pytest.mark.parametrize("text", ["tomorrow", "2027-03-06", "2027-02-30T10:00", "T18:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(StaffError) as refused:
        at(text, "UTC")
    assert refused.value.field == "opens"


def test_a_form_closes_after_it_opens() -> None:
    check_times(None, NOON)
    with pytest.raises(StaffError, match="after it opens"):
        check_times(NOON, NOON)


def test_the_words_above_a_form_cannot_act() -> None:
    assert clean_intro("First.\n\nSecond\nline & more") == "<p>First.</p>\n<p>Second<br>line &amp; more</p>"
    dirty = '<p onclick="x()">Hi <script>alert(1)</script><a href="javascript:x()">a</a><img src=x></p>'
    clean = clean_intro(dirty)
    for bad in ("onclick", "<script", "javascript:", "<img"):
        assert bad not in clean
    assert clean_intro('<a href="https://example.org">x</a>') == '<a href="https://example.org">x</a>'
