"""What places are called, and how many events they hold."""

from collections.abc import Collection

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.programme.models.programme import Event, Programme


def find_programme_names(programme_ids: Collection[int]) -> dict[int, str]:
    """Return the names of programmes by id, for rows that somebody may see."""
    if not programme_ids:
        return {}
    rows = db.session.execute(select(Programme.id, Programme.name).where(Programme.id.in_(programme_ids)))
    return {row.id: row.name for row in rows}


def find_event_names(event_ids: Collection[int]) -> dict[int, str]:
    """Return the names of events by id, for rows that somebody may see."""
    if not event_ids:
        return {}
    rows = db.session.execute(select(Event.id, Event.name).where(Event.id.in_(event_ids)))
    return {row.id: row.name for row in rows}


def find_place_names(
    programme_ids: Collection[int], event_ids: Collection[int]
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the names of programmes and of events by id, for rows that somebody may see."""
    return find_programme_names(programme_ids), find_event_names(event_ids)


def count_events(programme_ids: Collection[int]) -> dict[int, int]:
    """Return how many events programmes have, by programme."""
    rows = db.session.execute(
        select(Event.programme_id, func.count())
        .where(Event.programme_id.in_(programme_ids))
        .group_by(Event.programme_id)
    )
    return {row[0]: row[1] for row in rows}
