"""The demo's staff: thirty-one accounts, and how far each of them sees."""

from uuid import NAMESPACE_DNS, uuid5

from sqlalchemy.orm import Session

from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role, User
from webapp.programme.models.programme import Event, Programme

ADMIN, SUPPORT, ORGANIZER, REVIEWER = Role.ADMINISTRATOR, Role.SUPPORT, Role.ORGANIZER, Role.REVIEWER

# (address, name, language, role, slugs of programmes or events, may send)
ACCOUNTS: tuple[tuple[str, str, str, Role, tuple[str, ...], bool], ...] = (
    ("admin@demo.test", "Ada Administrator", "en", ADMIN, (), True),
    ("deputy@demo.test", "Zbigniew Zastępca", "pl", ADMIN, (), True),
    ("support@demo.test", "Sam Support", "en", SUPPORT, ("code-circle",), True),
    ("nadia@code-circle.test", "Nadia Haddad", "fr", SUPPORT, ("code-circle",), True),
    ("desk@northbank.test", "Ruth Ashworth", "en", SUPPORT, ("northbank",), True),
    ("crew@launchpad.test", "Tunde Bakare", "en", SUPPORT, ("launchpad",), True),
    ("ola@krakow.test", "Ola Zielińska", "pl", ORGANIZER, ("krakow-3",), True),
    ("tomek@krakow.test", "Tomek Wróbel", "pl", ORGANIZER, ("krakow-3", "krakow-2"), True),
    ("kasia@krakow.test", "Kasia Żak", "pl", ORGANIZER, ("krakow-3",), False),
    ("omar@cairo.test", "Omar عمر", "ar", ORGANIZER, ("cairo-2",), True),
    ("salma@cairo.test", "سلمى فؤاد", "ar", ORGANIZER, ("cairo-2",), False),
    ("luiza@saopaulo.test", "Luíza Falcão", "pt-BR", ORGANIZER, ("sao-paulo-1",), True),
    ("joao@saopaulo.test", "João Brandão", "pt-BR", ORGANIZER, ("sao-paulo-1",), True),
    ("wanjiku@nairobi.test", "Wanjiku Kamau", "en", ORGANIZER, ("nairobi-2",), True),
    ("otieno@nairobi.test", "Otieno Achieng", "en", ORGANIZER, ("nairobi-2",), True),
    ("meiling@taipei.test", "林美玲", "zh-TW", ORGANIZER, ("taipei-1",), True),
    ("zhiqiang@taipei.test", "陳志強", "zh-TW", ORGANIZER, ("taipei-1",), True),
    ("eleni@athens.test", "Ελένη Βλάχου", "el", ORGANIZER, ("athens-1",), True),
    ("lena@lodz.test", "Lena Śliwa", "pl", ORGANIZER, ("lodz-2",), True),
    ("marek@lodz.test", "Marek Źrebiec", "pl", ORGANIZER, ("lodz-2",), True),
    ("begona@valencia-es.test", "Begoña Peña", "es", ORGANIZER, ("valencia-es-1",), True),
    ("yajaira@valencia-ve.test", "Yajaira Rincón", "es", ORGANIZER, ("valencia-ve-1",), True),
    ("thordis@reykjavik.test", "Þórdís Örvarsdóttir", "en", ORGANIZER, ("reykjavik-1",), True),
    ("nino@tbilisi.test", "ნინო კაპანაძე", "en", ORGANIZER, ("tbilisi-1",), True),
    ("priya@mumbai.test", "प्रिया शर्मा", "en", ORGANIZER, ("mumbai-1",), True),
    ("grace@leeds.test", "Grace Whitfield", "en", ORGANIZER, ("data-basics",), True),
    ("zoe@montreal.test", "Zoé Bélanger", "fr", ORGANIZER, ("bases-du-web",), True),
    ("rev@saopaulo.test", "Débora Gonçalves", "pt-BR", REVIEWER, ("sao-paulo-1",), False),
    ("rev@krakow.test", "Jędrzej Wójcik", "pl", REVIEWER, ("krakow-3",), False),
    ("chidi@lagos.test", "Chidi Okafor", "en", REVIEWER, ("lagos-4",), False),
    ("amaka@lagos.test", "Amaka Balogun", "en", REVIEWER, ("lagos-4",), False),
)


def _places(
    slugs: tuple[str, ...], programmes: dict[str, Programme], events: dict[str, Event]
) -> list[Programme | Event]:
    """Return the programmes and events of these slugs."""
    return [place for slug in slugs for place in (programmes.get(slug), events.get(slug)) if place]


def make_staff(
    session: Session, programmes: dict[str, Programme], events: dict[str, Event], password_hash: str
) -> dict[str, User]:
    """Make the accounts, by address; all have one password."""
    made: dict[str, User] = {}
    for address, name, locale, role, places, may_send in ACCOUNTS:
        user = User(
            person=Person(email=address, name=name, locale=locale),
            email=address,
            password=password_hash,
            active=True,
            fs_uniquifier=uuid5(NAMESPACE_DNS, address).hex,
            login_count=0,
            timezone=next((place.timezone for place in _places(places, programmes, events)), ""),
        )
        for place in places or ("",):
            programme, event = programmes.get(place), events.get(place)
            grant = Grant(
                role=role,
                programme_id=programme.id if programme else None,
                event_id=event.id if event else None,
                may_send=may_send,
            )
            user.grants.append(grant)
        made[address] = user
    session.add_all(made.values())
    session.flush()
    session.add_all(
        Membership(
            person_id=made[address].person_id,
            programme_id=events[place].programme_id,
            event_id=events[place].id,
            kind=MembershipKind.ORGANIZER,
        )
        for address, _name, _locale, role, places, _may_send in ACCOUNTS
        for place in places
        if role is ORGANIZER
    )
    session.flush()
    return made
