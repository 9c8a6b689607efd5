"""The calendar file that goes with a letter, read back by another parser's rules."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar

from webapp.programme.domain.calendar_file import CalendarEvent, write_calendar

EVENT = CalendarEvent(
    uid="event-7@post.example.org",
    summary="Kraków #3; żółć, and a very long name that has to be folded " + "ą" * 60,
    starts=date(2027, 3, 6),
    ends=date(2027, 3, 7),
    stamped_at=datetime(2027, 3, 3, 9, tzinfo=UTC),
    location="Kraków, Polska",
    url="https://example.org/krakow",
)


def test_days_are_whole_days_and_end_the_day_after() -> None:
    raw = write_calendar(EVENT)
    calendar = Calendar.from_ical(raw)
    assert calendar["METHOD"] == "PUBLISH"
    [entry] = calendar.walk("VEVENT")
    assert (entry["UID"], entry["SUMMARY"]) == (EVENT.uid, EVENT.summary)
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (date(2027, 3, 6), date(2027, 3, 8))
    assert b"DTSTART;VALUE=DATE:20270306\r\n" in raw
    assert not calendar.walk("VTIMEZONE")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    assert b"ATTENDEE" not in raw  # published: nobody is asked to answer


def test_one_day_ends_on_the_next() -> None:
    [entry] = Calendar.from_ical(write_calendar(replace(EVENT, ends=None))).walk("VEVENT")
    assert entry["DTEND"].dt == date(2027, 3, 7)


def test_moments_bring_their_zone_along() -> None:
    zone = ZoneInfo("America/Sao_Paulo")
    starts, ends = datetime(2027, 3, 6, 10, tzinfo=zone), datetime(2027, 3, 6, 18, tzinfo=zone)
    calendar = Calendar.from_ical(write_calendar(replace(EVENT, starts=starts, ends=ends)))
    [entry] = calendar.walk("VEVENT")
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (starts, ends)
    assert entry["DTSTART"].params["TZID"] == "America/Sao_Paulo"
    assert [str(one["TZID"]) for one in calendar.walk("VTIMEZONE")] == ["America/Sao_Paulo"]


def test_the_same_event_keeps_its_name() -> None:
    later = write_calendar(replace(EVENT, starts=date(2027, 4, 3), ends=None, sequence=1))
    [entry] = Calendar.from_ical(later).walk("VEVENT")
    assert (entry["UID"], entry["SEQUENCE"]) == (EVENT.uid, 1)
