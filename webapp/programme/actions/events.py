"""Begin an event, and change what is known of it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from webapp.core.audit import record
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.people.domain.addresses import normalise_name
from webapp.people.domain.locale_names import check_locale, check_zone
from webapp.people.domain.scope import Scope
from webapp.people.queries.memberships import has_programme
from webapp.programme.actions.rules import plan_events
from webapp.programme.domain.event_states import EVENT_MACHINE, EventState
from webapp.programme.domain.slugs import check_slug
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import get_event

LONGEST_NAME = 120  # characters
LONGEST_URL = 500
LARGEST_CAPACITY = 100_000  # places
FIRST_STATES = (EventState.PLANNED, EventState.OPEN)
PRECISIONS = ("day", "month", "tbd")
FORMATS = ("in_person", "remote", "hybrid")
# What mail by rule counts from: when one of these changes, its runs are planned again in the same transaction.
RULED_BY = frozenset({"starts_on", "ends_on", "date_precision", "timezone", "is_site_ready"})


@dataclass(frozen=True, slots=True)
class EventDetails:
    """What support writes down of an event, as typed.

    Args:
        name: as people know it.
        city: where it takes place, or "".
        country: likewise.
        starts_on: its first day, None when nobody knows yet.
        ends_on: its last day, None when it is the first.
        timezone: in which its times are meant.
        locale: its language.
        url: its page, or "".
        state: an ``EventState``.
        date_precision: how exactly the first day is known: one of ``PRECISIONS``.
        format: one of ``FORMATS``.
        capacity: places, None without a limit.
        is_site_ready: its page is ready for visitors.
    """

    name: str
    city: str = ""
    country: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    timezone: str = "UTC"
    locale: str = "en"
    url: str = ""
    state: str = EventState.OPEN
    date_precision: str = "day"
    format: str = "in_person"
    capacity: int | None = None
    is_site_ready: bool = False


def create_event(*, scope: Scope, programme_id: int, slug: str, details: EventDetails, now: datetime) -> int:
    """Begin an event of a programme, and plan its mail by rule.

    Args:
        scope: who acts.
        programme_id: whose event it is; that never changes, since people and letters belong to it.
        slug: its name in addresses, which never changes either.
        details: everything else.
        now: the moment, aware.

    Returns:
        the event's id.

    Raises:
        NotFoundError: the programme is not for this member of staff.
        StaffError: something is wrong with what was typed, or the slug is taken.
    """
    if not scope.sees_programme(programme_id) or not has_programme(programme_id):
        raise NotFoundError("There is no such programme.", field="programme")
    values = _read(details)
    short = check_slug(slug, details.name)
    if details.state not in FIRST_STATES:
        raise StaffError("A new event is planned or open.", field="state")
    taken = StaffError(f"There is an event with the address “{short}” already. Choose another.", field="slug")
    with transaction() as session:
        event = Event(programme_id=programme_id, slug=short, state=details.state, **values)
        with refusing("uq_events_slug", taken):
            session.add(event)
        _write_down("event.created", scope, event)
        plan_events([event.id], now)
        return event.id


def change_event(*, scope: Scope, event_id: int, details: EventDetails, now: datetime) -> None:
    """Change what is known of an event; for those who see its programme.

    Its mail by rule follows in the same transaction: what was planned moves with the date, rests while the event
    is postponed, is missed where the date moved into the past. What was sent stays sent.

    Raises:
        NotFoundError: there is none, or its programme is not for this member of staff.
        StaffError: something is wrong with what was typed, or its state cannot become that.
    """
    with transaction() as session:
        event = _hold(scope, event_id)
        if not scope.sees_programme(event.programme_id):
            raise NotFoundError("There is no such event.")
        changed = _change(scope, event, _read(details))
        is_moved = _move(scope, event, details.state)
        if is_moved or RULED_BY & changed:
            session.flush()
            plan_events([event.id], now)


def describe_event(*, scope: Scope, event_id: int, name: str, city: str, url: str) -> None:
    """Change what an event is called, where it is and what its page is; for its organizers, too.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: something is wrong with what was typed.
    """
    with transaction():
        event = _hold(scope, event_id)
        _change(scope, event, _read_words(name, city, "", url) | {"country": event.country})


def _hold(scope: Scope, event_id: int) -> Event:
    """Return an event, held until the transaction ends; what only points at it may still be written."""
    event = get_event(scope, event_id)
    with transaction() as session:
        # Letters that go out by rule at this moment point at their event while they hold their run, which planning
        # waits for: held as a key, too, each would wait for the other.
        session.refresh(event, with_for_update={"of": Event, "key_share": True})
    return event


def _change(scope: Scope, event: Event, values: dict[str, Any]) -> set[str]:
    """Write what is different, and that it was; return the names of it."""
    changed = sorted(name for name, value in values.items() if getattr(event, name) != value)
    for name in changed:
        setattr(event, name, values[name])
    if changed:
        _write_down("event.changed", scope, event, fields=changed)
    return set(changed)


def _move(scope: Scope, event: Event, state: str) -> bool:
    """Move an event to another state, if it is another; say whether it was."""
    before = event.state
    if state == before:
        return False
    try:
        wanted = EventState(state)
        with transaction() as session:
            session.flush()  # the row is read again by the move
            move(event, EVENT_MACHINE, wanted)
    except ValueError as error:
        raise StaffError("There is no such state. Choose one of the list.", field="state") from error
    except ConflictError as error:
        raise StaffError(f"An event that is {before} cannot become {state}.", field="state") from error
    _write_down("event.moved", scope, event, before=before, after=state)
    return True


def _write_down(verb: str, scope: Scope, event: Event, **data: object) -> None:
    """Add to the audit trail what was done to an event."""
    record(
        verb,
        "event",
        event.id,
        actor_id=scope.user_id,
        programme_id=event.programme_id,
        event_id=event.id,
        **data,
    )


def _read(details: EventDetails) -> dict[str, Any]:
    """Return what was typed as it is stored."""
    if details.ends_on is not None and details.starts_on is None:
        raise StaffError("Write its first day, too.", field="starts_on")
    if details.starts_on and details.ends_on and details.ends_on < details.starts_on:
        raise StaffError("Its last day cannot be before its first.", field="ends_on")
    return {
        **_read_words(details.name, details.city, details.country, details.url),
        **_read_days(details),
        "timezone": check_zone(details.timezone),
        "locale": check_locale(details.locale),
        "is_site_ready": details.is_site_ready,
    }


def _read_days(details: EventDetails) -> dict[str, Any]:
    """Return when it is, how, and for how many, as it is stored: of a month its first day, of "tbd" no day."""
    if details.date_precision not in PRECISIONS:
        raise StaffError("Choose how exactly its first day is known.", field="date_precision")
    if details.date_precision == "tbd" and details.starts_on is not None:
        raise StaffError(
            "There is a first day. Choose how exactly it is known, or leave the day empty.",
            field="date_precision",
        )
    if details.format not in FORMATS:
        raise StaffError("Choose in person, remote, or both.", field="format")
    if details.capacity is not None and not 0 < details.capacity <= LARGEST_CAPACITY:
        raise StaffError(
            f"Places are a number from 1 to {LARGEST_CAPACITY:,}. Leave it empty for no limit.",
            field="capacity",
        )
    is_month = details.date_precision == "month" and details.starts_on is not None
    return {
        "starts_on": details.starts_on.replace(day=1)
        if is_month and details.starts_on
        else details.starts_on,
        "ends_on": None if is_month else details.ends_on,
        "date_precision": details.date_precision if details.starts_on else "tbd",
        "format": details.format,
        "capacity": details.capacity,
    }


def _read_words(name: str, city: str, country: str, url: str) -> dict[str, Any]:
    """Return the words among what was typed as they are stored."""
    words = {"name": normalise_name(name), "city": normalise_name(city), "country": normalise_name(country)}
    if not words["name"]:
        raise StaffError("Write the event's name.", field="name")
    for field, value in words.items():
        if len(value) > LONGEST_NAME:
            raise StaffError(f"At most {LONGEST_NAME} characters, please.", field=field)
    return {**words, "url": _read_url(url)}


def _read_url(text: str) -> str:
    """Return the address of a page as it is stored; it goes into letters, so nothing but a web page."""
    url = text.strip()
    if not url:
        return ""
    wrong = StaffError("Write a whole web address, for example https://example.org/krakow.", field="url")
    if len(url) > LONGEST_URL or any(c.isspace() or not c.isprintable() for c in url):
        raise wrong
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        raise wrong
    return url
