"""Questions about programmes and events, always within what the asker may see."""

from sqlalchemy import select

from webapp.core.database import db
from webapp.core.errors import NotFoundError
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.models.programme import Event, Programme


def find_events(scope: Scope) -> list[Event]:
    """Return the events that may be seen, the latest first."""
    return list(
        db.session.scalars(
            select(Event)
            .where(within(scope, Event.programme_id, Event.id))
            .order_by(Event.starts_on.desc().nulls_last(), Event.id.desc())
        )
    )


def find_programmes(scope: Scope) -> list[Programme]:
    """Return the programmes that may be seen whole, by name."""
    return list(
        db.session.scalars(select(Programme).where(within(scope, Programme.id)).order_by(Programme.name))
    )


def get_event(scope: Scope, event_id: int) -> Event:
    """Return one event.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    event = db.session.scalar(
        select(Event).where(Event.id == event_id, within(scope, Event.programme_id, Event.id))
    )
    if event is None:
        raise NotFoundError("There is no such event.")
    return event


def get_event_by_slug(scope: Scope, slug: str) -> Event:
    """Return one event by its slug.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    event = db.session.scalar(
        select(Event).where(Event.slug == slug, within(scope, Event.programme_id, Event.id))
    )
    if event is None:
        raise NotFoundError(
            f"There is no event “{slug}”. `flask event list` shows what there is.", field="event"
        )
    return event


def get_programme(scope: Scope, programme_id: int) -> Programme:
    """Return one programme.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
    """
    programme = db.session.scalar(
        select(Programme).where(Programme.id == programme_id, within(scope, Programme.id))
    )
    if programme is None:
        raise NotFoundError("There is no such programme.")
    return programme
