"""Whom a rule writes to at an event, and the merge values of each letter."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from babel.dates import format_date, format_time
from flask import current_app
from sqlalchemy import Select, select

from webapp.core.database import db
from webapp.core.tokens import TokenKeys
from webapp.people.models.user import Grant, Role, User
from webapp.programme.domain.application_states import Rsvp
from webapp.programme.domain.attend_links import rsvp_link, seal_application, status_link
from webapp.programme.domain.rules import Audience, Occasion, find_zone
from webapp.programme.domain.rules_numbers import numbers_link
from webapp.programme.models.application import Application
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import find_locale
from webapp.programme.queries.organizers import organizer_ids


@dataclass(frozen=True, slots=True)
class Reader:
    """One person who gets a letter of a rule.

    Args:
        person_id: who.
        locale: the language it is in; None is the person's own.
        values: merge values by field.
    """

    person_id: int
    locale: str | None = None
    values: dict[str, str | None] = field(default_factory=dict)


def find_readers(audience: Audience, event: Event, occasion: Occasion) -> list[Reader]:
    """Return who gets a rule's letter, each person once.

    Args:
        audience: whom the rule writes to.
        event: about which.
        occasion: the deadline, for those who have not answered.
    """
    return _FINDERS[audience](event, occasion)


def find_support_ids(programme_id: int) -> list[int]:
    """Return the people who support a programme; its administrators where nobody does."""
    for condition in (
        (Grant.role == Role.SUPPORT) & (Grant.programme_id == programme_id),
        Grant.role == Role.ADMINISTRATOR,
    ):
        found = list(
            db.session.scalars(
                select(User.person_id)
                .join(Grant, Grant.user_id == User.id)
                .where(User.active, condition)
                .distinct()
                .order_by(User.person_id)
            )
        )
        if found:
            return found
    return []


def _organizers(event: Event, _occasion: Occasion) -> list[Reader]:
    public_url = current_app.extensions["settings"].public_url
    values: dict[str, str | None] = {
        "numbers.link": numbers_link(_keys(), public_url, event.id),
        "desk.link": f"{public_url}/rules?event={event.id}",
    }
    return [Reader(person_id, None, values) for person_id in organizer_ids(event.id)]


def _invited(event: Event, occasion: Occasion) -> list[Reader]:
    return _applicants(
        event,
        select(Application).where(Application.rsvp == Rsvp.INVITED, Application.rsvp_deadline == occasion.at),
    )


def _attendees(event: Event, _occasion: Occasion) -> list[Reader]:
    return _applicants(event, select(Application).where(Application.rsvp == Rsvp.YES))


def _applicants(event: Event, query: Select[Application]) -> list[Reader]:
    rows = db.session.scalars(
        query.where(
            Application.event_id == event.id,
            Application.withdrawn_at.is_(None),
            Application.erased_at.is_(None),
        ).order_by(Application.number)
    )
    public_url, keys = current_app.extensions["settings"].public_url, _keys()
    readers = []
    for row in rows:
        token = row.token or seal_application(keys, row.id, row.token_version)
        values: dict[str, str | None] = {
            "application.number": str(row.number),
            "application.status_link": status_link(public_url, token),
            "rsvp.link": rsvp_link(public_url, token),
            "rsvp.deadline": write_deadline(row.rsvp_deadline, event.timezone, row.locale),
        }
        readers.append(Reader(row.person_id, row.locale or None, values))
    return readers


def write_deadline(deadline: datetime | None, zone_name: str, locale: str) -> str:
    """Write the last moment to answer on the clock of the event, as people of a locale do; "" for none."""
    if deadline is None:
        return ""
    known, local = find_locale(locale), deadline.astimezone(find_zone(zone_name))
    return f"{format_date(local, 'full', locale=known)}, {format_time(local, 'short', locale=known)}"


def _keys() -> TokenKeys:
    keys: TokenKeys = current_app.extensions["tokens"]
    return keys


_FINDERS: dict[Audience, Callable[[Event, Occasion], list[Reader]]] = {
    Audience.ORGANIZERS: _organizers,
    Audience.INVITED: _invited,
    Audience.ATTENDEES: _attendees,
}
