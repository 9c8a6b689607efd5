"""Makes visitors' messages, newsletter lists and subscriptions, with as little said as the test cares about."""

from itertools import count

from sqlalchemy import select

from tests import factories
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.people.models.person import Person
from webapp.programme.models.contact import ContactMessage
from webapp.programme.models.newsletter import NewsletterList, Subscription
from webapp.programme.models.programme import Event, Programme

_numbers = count(1)


def make_message(event: Event, **values: object) -> ContactMessage:
    """Make a message to an event's organizers."""
    values = {
        "programme_id": event.programme_id,
        "event_id": event.id,
        "kind": "event",
        "name": "Zofia",
        "address": "zofia@example.org",
        "body": "Is there a lift?",
        "submission_token": f"token-{next(_numbers)}",
        **values,
    }
    with transaction() as session:
        row = ContactMessage(**values)
        session.add(row)
    return row


def make_list(programme: Programme | None = None, **values: object) -> NewsletterList:
    """Make a newsletter's list, and its programme where none is given."""
    programme = programme or factories.make_programme()
    n = next(_numbers)
    values = {
        "programme_id": programme.id,
        "slug": f"news-{n}",
        "name": f"News {n}",
        "consent_words": "I want the newsletter. I can stop it at any time.",
        **values,
    }
    with transaction() as session:
        row = NewsletterList(**values)
        session.add(row)
    return row


def subscribe_person(list_: NewsletterList, person: Person | None = None, **values: object) -> Subscription:
    """Make a subscription; *subscribed* unless something else is said."""
    person = person or factories.make_person()
    with transaction() as session:
        row = Subscription(list_id=list_.id, person_id=person.id, **{"state": "subscribed", **values})
        session.add(row)
    return row


def furnish(event: Event, person: Person) -> None:
    """Give an event's programme one message and one list with a person on it: what routes can name."""
    make_message(event)
    subscribe_person(make_list(event.programme), person)


def message_of(programme_id: int) -> int:
    """Return the id of a programme's message."""
    return (
        db.session.scalars(
            select(ContactMessage.id)
            .where(ContactMessage.programme_id == programme_id)
            .order_by(ContactMessage.id)
        ).first()
        or 0
    )


def list_of(programme_id: int) -> NewsletterList:
    """Return a programme's list."""
    return db.session.scalars(
        select(NewsletterList).where(NewsletterList.programme_id == programme_id).order_by(NewsletterList.id)
    ).first() or NewsletterList(id=0, slug="none")
