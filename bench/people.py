"""Makes the bench's people and their events in the database itself, as many as wanted."""

from sqlalchemy import text

from webapp.core.transaction import transaction
from webapp.mail.models.sender import Sender
from webapp.programme.models.programme import Event, Programme

_PEOPLE = """
INSERT INTO people (email, name, greeting)
SELECT 'p' || n || :domain,
       (ARRAY['Zażółć Gęślą','王小明','Ελένη Παπαδοπούλου','Siobhán O''Neill'])[n % 4 + 1] || ' ' || n,
       (ARRAY['Zażółć','小明','Ελένη','Siobhán'])[n % 4 + 1]
FROM generate_series(1, :number) AS n
"""
_PLACES = """
INSERT INTO memberships (person_id, programme_id, event_id, kind, details)
SELECT id, :programme, :event, 'registered',
       jsonb_build_object('ticket', 'Workshop', 'table', id % 40, 'city', 'Gdańsk')
FROM people WHERE email LIKE 'p%' || :domain
"""


def make_event(number: int, name: str = "bench") -> tuple[int, int, int]:
    """Make an event with so many people, in a programme and with a sender of its own.

    Args:
        number: people; the nth of them is ``pN@example.org``, at another event than *bench* ``pN@NAME.example.org``.
        name: of the event; there may be several.

    Returns:
        Ids of programme, event and sender.
    """
    host = "example.org" if name == "bench" else f"{name}.example.org"
    with transaction() as session:
        programme = Programme(slug=name, name="Code Circle", postal_address="1 Main Street, Kraków")
        sender = Sender(address=f"desk@{host}", display_name="Ola z Krakowa")
        session.add_all([programme, sender])
        session.flush()
        event = Event(
            programme_id=programme.id, slug=f"{name}-event", name="Code Circle Kraków", city="Kraków"
        )
        session.add(event)
        session.flush()
        session.execute(text(_PEOPLE), {"number": number, "domain": f"@{host}"})
        session.execute(text(_PLACES), {"programme": programme.id, "event": event.id, "domain": f"@{host}"})
        ids = programme.id, event.id, sender.id
    with transaction() as session:
        session.execute(text("ANALYZE people"))
        session.execute(text("ANALYZE memberships"))
    return ids
