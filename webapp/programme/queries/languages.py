"""In which languages a programme lives: its own and those of its events."""

from sqlalchemy import select

from webapp.core.database import db
from webapp.programme.models.programme import Event


def find_event_locales(programme_id: int) -> list[str]:
    """Return the locales of a programme's events, each once."""
    query = select(Event.locale).where(Event.programme_id == programme_id).distinct()
    return list(db.session.scalars(query.order_by(Event.locale)))
