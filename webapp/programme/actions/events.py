"""Begin an event, and change what is known of it."""

from dataclasses import dataclass
from datetime import date
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
from webapp.programme.domain.event_states import EVENT_MACHINE, EventState
from webapp.programme.domain.slugs import check_slug
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import get_event

LONGEST_NAME = 120  # characters
LONGEST_URL = 500
FIRST_STATES = (EventState.PLANNED, EventState.OPEN)


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


def create_event(*, scope: Scope, programme_id: int, slug: str, details: EventDetails) -> int:
    """Begin an event of a programme.

    Args:
        scope: who acts.
        programme_id: whose event it is; that never changes, since people and letters belong to it.
        slug: its name in addresses, which never changes either.
        details: everything else.

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
        return event.id


def change_event(*, scope: Scope, event_id: int, details: EventDetails) -> None:
    """Change what is known of an event; for those who see its programme.

    Raises:
        NotFoundError: there is none, or its programme is not for this member of staff.
        StaffError: something is wrong with what was typed, or its state cannot become that.
    """
    with transaction():
        event = _hold(scope, event_id)
        if not scope.sees_programme(event.programme_id):
            raise NotFoundError("There is no such event.")
        _change(scope, event, _read(details))
        _move(scope, event, details.state)


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
    """Return an event, held until the transaction ends."""
    event = get_event(scope, event_id)
    with transaction() as session:
        session.refresh(event, with_for_update={"of": Event})
    return event


def _change(scope: Scope, event: Event, values: dict[str, Any]) -> None:
    """Write what is different, and that it was."""
    changed = sorted(name for name, value in values.items() if getattr(event, name) != value)
    for name in changed:
        setattr(event, name, values[name])
    if changed:
        _write_down("event.changed", scope, event, fields=changed)


def _move(scope: Scope, event: Event, state: str) -> None:
    """Move an event to another state, if it is another."""
    before = event.state
    if state == before:
        return
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
        "starts_on": details.starts_on,
        "ends_on": details.ends_on,
        "timezone": check_zone(details.timezone),
        "locale": check_locale(details.locale),
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
