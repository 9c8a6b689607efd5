"""Makes the demo's programmes, events and senders, and people who only read; the same on every machine."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.orm import Session

from webapp.demo.data.names import NameMaker
from webapp.demo.data.places import EVENTS, PROGRAMMES, SENDERS, DemoEvent
from webapp.mail.models.sender import Sender
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event, Programme

READERS = 40  # who take the newsletter and have never applied for anything


def make_programmes(session: Session) -> dict[str, Programme]:
    """Make the programmes, by slug."""
    made = {
        one.slug: Programme(
            slug=one.slug,
            name=one.name,
            support_email=one.support_email,
            postal_address=one.postal_address,
            timezone=one.timezone,
            event_word=one.event_word,
            organizer_word=one.organizer_word,
            is_hosting_open=one.is_hosting_open,
            rsvp_days=one.rsvp_days,
            mail_domain=one.mail_domain,
        )
        for one in PROGRAMMES
    }
    session.add_all(made.values())
    session.flush()
    return made


def make_events(session: Session, programmes: dict[str, Programme], now: datetime) -> dict[str, Event]:
    """Make the events, by slug; editions that follow another one know it."""
    made = {planned.slug: _event(planned, programmes[planned.programme].id, now) for planned in EVENTS}
    session.add_all(made.values())
    session.flush()
    for planned in EVENTS:
        if planned.previous:
            made[planned.slug].previous_event_id = made[planned.previous].id
    session.flush()
    return made


def _event(planned: DemoEvent, programme_id: int, now: datetime) -> Event:
    """Return an event, not yet stored."""
    applicants, attendees = planned.numbers or (None, None)
    return Event(
        programme_id=programme_id,
        slug=planned.slug,
        name=planned.name,
        city=planned.city,
        country=planned.country,
        timezone=planned.timezone,
        locale=planned.locale,
        starts_on=_day(planned, planned.starts_in, now.date()),
        ends_on=_day(planned, planned.ends_in, now.date()),
        state=planned.state,
        url=f"https://{planned.programme}.example/{planned.slug}" if planned.is_site_ready else "",
        format=planned.format,
        date_precision=planned.precision,
        series_slug=planned.series,
        edition_number=planned.edition,
        capacity=planned.capacity,
        is_site_ready=planned.is_site_ready,
        applicant_count=applicants,
        attendee_count=attendees,
        numbers_told_at=now + timedelta(days=(planned.starts_in or 0) + 15) if planned.numbers else None,
        created_at=now - timedelta(days=planned.known_for),
    )


def _day(planned: DemoEvent, days: int | None, today: date) -> date | None:
    """Return the day so many days from today; of a month its first."""
    if days is None:
        return None
    day = today + timedelta(days=days)
    return day.replace(day=1) if planned.precision == "month" else day


def on_clock(planned: DemoEvent, days: int, hour: int, now: datetime) -> datetime:
    """Return the moment so many days from today at an hour on the clocks of an event; one in the future stays so."""
    zone = ZoneInfo(planned.timezone)
    day = now.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def make_readers(session: Session, names: NameMaker, now: datetime) -> list[Person]:
    """Make people who have never applied for anything; one has no address."""
    rows: list[dict[str, object]] = []
    for number in range(READERS):
        name, greeting, address = names.make("en")
        joined_at = now - timedelta(days=200 - number)
        rows.append(
            {
                "email": None if number == 0 else address,
                "name": name,
                "greeting": greeting,
                "locale": "en",
                "created_at": joined_at,
            }
        )
    return list(session.scalars(insert(Person).returning(Person, sort_by_parameter_order=True), rows))


def make_senders(session: Session, programmes: dict[str, Programme], events: dict[str, Event]) -> None:
    """Make the senders."""
    session.add_all(
        Sender(
            address=address,
            display_name=name,
            programme_id=programmes[programme].id,
            event_id=events[event].id if event else None,
            reply_to=programmes[programme].support_email,
        )
        for address, name, programme, event in SENDERS
    )
    session.flush()
