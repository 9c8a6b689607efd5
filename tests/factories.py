"""Makes what tests need, with as little said as the test cares about."""

from datetime import date
from functools import cache
from itertools import count
from uuid import uuid4

from flask import current_app
from flask_security import hash_password

from webapp.core.clock import now
from webapp.core.transaction import transaction
from webapp.mail.actions.compose import Draft, create_letter
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.limits import Limit
from webapp.mail.models.sender import Sender
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import OF_AN_EVENT, Grant, Role, User
from webapp.people.queries.scope import get_scope
from webapp.programme.models.programme import Event, Programme

PASSWORD = "correct horse battery"
_numbers = count(1)


def password_hash() -> str:
    """Return the hash of ``PASSWORD`` for the application that is open."""
    return _hash_with(current_app.config["SECURITY_PASSWORD_SALT"])


@cache
def _hash_with(salt: str) -> str:
    """Return the hash, made once for each salt: it is slow on purpose."""
    return str(hash_password(PASSWORD))


def make_programme(**values: object) -> Programme:
    """Make a programme."""
    n = next(_numbers)
    values = {
        "slug": f"programme-{n}",
        "name": f"Programme {n}",
        "support_email": f"help{n}@example.org",
        "postal_address": f"{n} Main Street, Example Town",
        **values,
    }
    with transaction() as session:
        programme = Programme(**values)
        session.add(programme)
    return programme


def make_event(programme: Programme | None = None, **values: object) -> Event:
    """Make an event, and its programme where none is given."""
    n = next(_numbers)
    programme = programme or make_programme()
    values = {
        "programme_id": programme.id,
        "slug": f"event-{n}",
        "name": f"Event {n}",
        "city": "Kraków",
        "starts_on": date(2027, 3, 6),
        "timezone": "Europe/Warsaw",
        **values,
    }
    with transaction() as session:
        event = Event(**values)
        session.add(event)
    return event


def make_person(email: str | None = "", name: str = "Zofia Nowak", **values: object) -> Person:
    """Make a person; without an address when ``email`` is None."""
    address = email if email or email is None else f"person{next(_numbers)}@example.org"
    with transaction() as session:
        person = Person(email=address, name=name, **values)
        session.add(person)
    return person


def make_people(event: Event, number: int, prefix: str = "p", domain: str = "example.org") -> list[Person]:
    """Make people who are registered for an event."""
    with transaction() as session:
        people = [Person(email=f"{prefix}{i}@{domain}", name=f"Person {i}") for i in range(number)]
        session.add_all(people)
        session.flush()
        session.add_all(
            Membership(
                person_id=person.id,
                programme_id=event.programme_id,
                event_id=event.id,
                kind=MembershipKind.REGISTERED,
            )
            for person in people
        )
    return people


def register(person: Person, event: Event, kind: str = MembershipKind.REGISTERED, **details: str) -> None:
    """Enter a person in an event."""
    with transaction() as session:
        session.add(
            Membership(
                person_id=person.id,
                programme_id=event.programme_id,
                event_id=event.id,
                kind=kind,
                details=details,
            )
        )


def make_staff(
    role: Role = Role.ADMINISTRATOR,
    *,
    programme: Programme | None = None,
    event: Event | None = None,
    may_send: bool = True,
    email: str = "",
) -> User:
    """Make a member of staff with one grant and the password ``PASSWORD``."""
    person = make_person(email or f"staff{next(_numbers)}@example.org", "Ola Staff")
    with transaction() as session:
        user = User(
            person_id=person.id,
            email=person.email,
            password=password_hash(),
            active=True,
            fs_uniquifier=uuid4().hex,
            login_count=0,
        )
        user.grants.append(
            Grant(
                role=role,
                programme_id=programme.id if programme and role == Role.SUPPORT else None,
                event_id=event.id if event and role in OF_AN_EVENT else None,
                may_send=role == Role.ADMINISTRATOR or (may_send and role != Role.REVIEWER),
            )
        )
        session.add(user)
    return user


def scope_of(user: User) -> Scope:
    """Return how far a member of staff sees."""
    return get_scope(user)


def make_sender(**values: object) -> Sender:
    """Make a sender that everybody may use."""
    values = {"address": f"desk{next(_numbers)}@example.org", "display_name": "Example Desk", **values}
    with transaction() as session:
        sender = Sender(**values)
        session.add(sender)
    return sender


def limit_for(domain: str) -> None:
    """Limit how fast letters go to a recipient's domain."""
    with transaction() as session:
        session.add(Limit(kind="domain", name=domain, rate_per_minute=600))


def make_letter(event: Event, *, scope: Scope = SYSTEM, html: str = "", **draft: object) -> int:
    """Make a ready letter of an event."""
    words = {
        "title": "News",
        "subject": "News of {{ event.name }}",
        "slots": {"main": html or '<p>Hello {{ person.name | default("friend") }}!</p>'},
        "reason": "You registered.",
        **draft,
    }
    letter_id = create_letter(
        scope=scope,
        programme_id=event.programme_id,
        event_id=event.id,
        draft=Draft(**words),
        now=now(),
    )
    make_ready(scope=scope, letter_id=letter_id)
    return letter_id


def make_shoot(
    event: Event,
    *,
    scope: Scope = SYSTEM,
    sender: Sender | None = None,
    segment: str = "registered",
    halt_percent: int = 0,
    **draft: object,
) -> int:
    """Send a letter to everybody of an event; it is *preparing* until a worker takes it.

    No guard watches it, since the mail servers of tests refuse more than any would let pass.
    """
    sender = sender or make_sender()
    letter_id = make_letter(event, scope=scope, **draft)
    return schedule_shoot(
        scope=scope,
        letter_id=letter_id,
        sending=Sending(Audience((Choice(segment),)), sender.id, halt_percent=halt_percent),
        constants={"event.name": event.name, "programme.postal_address": "1 Main Street"},
        now=now(),
    )
