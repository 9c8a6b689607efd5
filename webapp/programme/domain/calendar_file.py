"""An event as a calendar file (RFC 5545), published for information: nobody is asked to answer it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Calendar
from icalendar import Event as CalendarEntry

CALENDAR_TYPE = "text/calendar; method=PUBLISH; charset=utf-8"


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """What a calendar shows.

    Args:
        uid: the same for ever, so that a later file replaces this entry (RFC 5545, 3.8.4.7).
        summary: its title.
        starts: first day, or a moment with its zone.
        ends: last day (inclusive), or the moment it ends; None is one day, or no end.
        location, url, description: may be "".
        stamped_at: when the file was written, aware.
        sequence: counts up with each change of date.
    """

    uid: str
    summary: str
    starts: date | datetime
    ends: date | datetime | None
    stamped_at: datetime
    location: str = ""
    url: str = ""
    description: str = ""
    sequence: int = 0


def write_calendar(event: CalendarEvent) -> bytes:
    """Return a calendar file with one entry, UTF-8 with CRLF.

    Days are all-day entries, whose end is the day after the last (RFC 5545, 3.6.1); moments bring the definition
    of their zone along.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Postroom//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    entry = CalendarEntry()
    entry.add("uid", event.uid)
    entry.add("dtstamp", event.stamped_at)
    entry.add("sequence", event.sequence)
    entry.add("summary", event.summary)
    entry.add("dtstart", event.starts)
    if isinstance(event.starts, datetime):
        if event.ends is not None:
            entry.add("dtend", event.ends)
    else:
        entry.add("dtend", (event.ends or event.starts) + timedelta(days=1))
        entry.add("transp", "TRANSPARENT")
    for name, value in (
        ("location", event.location),
        ("url", event.url),
        ("description", event.description),
    ):
        if value:
            entry.add(name, value)
    calendar.add_component(entry)
    if isinstance(event.starts, datetime):
        calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
