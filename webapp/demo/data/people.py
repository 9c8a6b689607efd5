"""Makes the demo's programmes, events, people and staff; the same on every machine."""

import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import NAMESPACE_DNS, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.demo.data.names import FAMILY_NAME_FIRST, SCRIPTS, TRAPS
from webapp.demo.data.places import EVENTS, NEWSLETTER_READERS, PROGRAMMES, SENDERS
from webapp.mail.models.sender import Sender
from webapp.people.domain.addresses import normalise_name
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role, User
from webapp.programme.models.programme import Event, Programme

SEED = 20260
DOMAINS = ("example.org", "example.com", "example.net")
# What the demo's mail server plays for an address, and how many people have such a one.
PLAYED = ("bounce", "soft", "full", "spam", "slow", "lost", "drop", "bounce", "soft", "bounce")
_PLAIN = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae", "ß": "ss", "þ": "th", "Þ": "Th"}
)
DIETS = ("", "", "vegetarian", "vegan", "halal")
TICKETS = ("Beginner", "Beginner", "Returning", "Coach")


class NameMaker:
    """Makes one name after another, in the script of a language."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._traps = list(TRAPS)
        self._count = 0

    def make(self, locale: str) -> tuple[str, str]:
        """Return (whole name, how to greet); a trap of that language as long as there are any."""
        self._count += 1
        for trap in self._traps:
            if trap[1] == locale:
                self._traps.remove(trap)
                return normalise_name(trap[0]), ""
        given, family = (self._random.choice(part) for part in SCRIPTS[locale])
        whole = f"{family}{given}" if locale in FAMILY_NAME_FIRST else f"{given} {family}"
        return normalise_name(whole), given

    def address(self, name: str) -> str:
        """Return an address for somebody of that name; every fiftieth plays an outcome."""
        plain = (
            unicodedata.normalize("NFKD", name.translate(_PLAIN)).encode("ascii", "ignore").decode().lower()
        )
        local = (
            ".".join(filter(None, ("".join(c if c.isalnum() else " " for c in plain)).split()))[:40]
            or "person"
        )
        played = f"{PLAYED[self._count // 40 % len(PLAYED)]}+" if self._count % 40 == 7 else ""
        return f"{played}{local}.{self._count}@{self._random.choice(DOMAINS)}"


def make_programmes(session: Session) -> dict[str, Programme]:
    """Make the programmes, by slug."""
    made = {}
    for slug, name, support, postal, zone in PROGRAMMES:
        made[slug] = Programme(
            slug=slug, name=name, support_email=support, postal_address=postal, timezone=zone
        )
    session.add_all(made.values())
    session.flush()
    return made


def make_events(session: Session, programmes: dict[str, Programme], today: date) -> dict[str, Event]:
    """Make the events, by slug."""
    made = {}
    for event in EVENTS:
        starts_on = today + timedelta(days=event.starts_in) if event.starts_in is not None else None
        made[event.slug] = Event(
            programme_id=programmes[event.programme].id,
            slug=event.slug,
            name=event.name,
            city=event.city,
            country=event.country,
            timezone=event.timezone,
            locale="pt_BR"
            if event.locale == "pt-BR"
            else "zh_TW"
            if event.locale == "zh-TW"
            else event.locale,
            starts_on=starts_on,
            state=event.state,
            url=f"https://{event.programme}.example/{event.slug}",
        )
    session.add_all(made.values())
    session.flush()
    return made


def make_people(session: Session, events: dict[str, Event], programmes: dict[str, Programme]) -> None:
    """Make the people of every event, and the readers of the newsletter."""
    random = Random(SEED)  # noqa: S311 -- the same demo everywhere is wanted
    names = NameMaker(random)
    for planned in EVENTS:
        event = events[planned.slug]
        people = list(_people(names, planned.locale, planned.people))
        session.add_all(people)
        session.flush()
        session.add_all(_registrations(people, event, random))
    readers = list(_people(names, "en", NEWSLETTER_READERS - 60))
    session.add_all(readers)
    session.flush()
    known = list(
        session.scalars(select(Person).where(Person.email.isnot(None)).order_by(Person.id).limit(60))
    )
    session.add_all(
        Membership(
            person_id=person.id, programme_id=programmes["code-circle"].id, kind=MembershipKind.NEWSLETTER
        )
        for person in (*readers, *known)
    )
    session.flush()


def _people(names: NameMaker, locale: str, count: int) -> Iterator[Person]:
    """Yield new people of a language; one in fifty has no address."""
    for number in range(count):
        name, greeting = names.make(locale)
        email = None if number == 41 else names.address(name)
        yield Person(email=email, name=name, greeting=greeting, locale=locale.replace("-", "_"))


def _registrations(people: list[Person], event: Event, random: Random) -> Iterator[Membership]:
    """Yield a place in the event for each of the people."""
    for number, person in enumerate(people):
        details = {
            "ticket": random.choice(TICKETS),
            "table": str(number % 12 + 1),
            "diet": random.choice(DIETS),
        }
        yield Membership(
            person_id=person.id,
            programme_id=event.programme_id,
            event_id=event.id,
            kind=MembershipKind.REGISTERED,
            details={key: value for key, value in details.items() if value},
        )


def make_senders(session: Session, programmes: dict[str, Programme], events: dict[str, Event]) -> None:
    """Make the senders."""
    session.add_all(
        Sender(
            address=address,
            display_name=name,
            programme_id=programmes[programme].id,
            event_id=events[event].id if event else None,
            reply_to=programmes[programme].support_email,
        )
        for address, name, programme, event in SENDERS
    )
    session.flush()


def make_staff(
    session: Session,
    accounts: list[tuple[str, str, Role, Programme | None, Event | None, bool]],
    password_hash: str,
) -> dict[str, User]:
    """Make the accounts: (address, name, role, programme, event, may send); by address."""
    made = {}
    for address, name, role, programme, event, may_send in accounts:
        person = Person(email=address, name=name, locale="en")
        session.add(person)
        session.flush()
        user = User(
            person_id=person.id,
            email=address,
            password=password_hash,
            active=True,
            fs_uniquifier=uuid5(NAMESPACE_DNS, address).hex,
            login_count=0,
        )
        grant = Grant(
            role=role,
            programme_id=programme.id if programme else None,
            event_id=event.id if event else None,
            may_send=may_send,
        )
        user.grants.append(grant)
        session.add(user)
        if event is not None:
            session.flush()
            session.add(
                Membership(
                    person_id=person.id,
                    programme_id=event.programme_id,
                    event_id=event.id,
                    kind=MembershipKind.ORGANIZER,
                )
            )
        made[address] = user
    session.flush()
    return made
