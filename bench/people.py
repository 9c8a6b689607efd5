"""Makes the bench's people and their event in the database itself, as many as wanted."""

from sqlalchemy import text

from webapp.core.transaction import transaction
from webapp.mail.models.sender import Sender
from webapp.programme.models.programme import Event, Programme

_PEOPLE = """
INSERT INTO people (email, name, greeting)
SELECT 'p' || n || '@example.org',
       (ARRAY['Zażółć Gęślą','王小明','Ελένη Παπαδοπούλου','Siobhán O''Neill'])[n % 4 + 1] || ' ' || n,
       (ARRAY['Zażółć','小明','Ελένη','Siobhán'])[n % 4 + 1]
FROM generate_series(1, :number) AS n
"""
_PLACES = """
INSERT INTO memberships (person_id, programme_id, event_id, kind, details)
SELECT id, :programme, :event, 'registered',
       jsonb_build_object('ticket', 'Workshop', 'table', id % 40, 'city', 'Gdańsk')
FROM people WHERE email LIKE 'p%@example.org'
"""


def make_event(number: int) -> tuple[int, int, int]:
    """Make an event with so many people.

    Returns:
        Ids of programme, event and sender.
    """
    with transaction() as session:
        programme = Programme(slug="bench", name="Code Circle", postal_address="1 Main Street, Kraków")
        sender = Sender(address="desk@example.org", display_name="Ola z Krakowa")
        session.add_all([programme, sender])
        session.flush()
        event = Event(programme_id=programme.id, slug="bench-event", name="Code Circle Kraków", city="Kraków")
        session.add(event)
        session.flush()
        session.execute(text(_PEOPLE), {"number": number})
        session.execute(text(_PLACES), {"programme": programme.id, "event": event.id})
        ids = programme.id, event.id, sender.id
    with transaction() as session:
        session.execute(text("ANALYZE people"))
        session.execute(text("ANALYZE memberships"))
    return ids
