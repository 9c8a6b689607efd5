"""In whose time a letter is planned: the event's, else the programme's."""

from webapp.core.database import db
from webapp.programme.models.programme import Event, Programme


def find_zone_name(programme_id: int | None, event_id: int | None) -> str:
    """Return the time zone of a letter's event or programme, by name; UTC where it has neither."""
    event = db.session.get(Event, event_id) if event_id is not None else None
    if event is not None:
        return event.timezone
    programme = db.session.get(Programme, programme_id) if programme_id is not None else None
    return programme.timezone if programme is not None else "UTC"
