"""What is the same for all readers of an event's letters comes from its event, in the letter's language."""

from datetime import date

from sqlalchemy.orm import Session

from tests import factories
from webapp.core.transaction import transaction
from webapp.people.models.membership import MembershipKind
from webapp.people.models.user import Role
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import letter_constants


def constants(event: Event, locale: str = "en") -> dict[str, str]:
    return letter_constants(event.programme_id, event.id, locale)


def test_one_writes_to_the_mailbox_once_it_works_then_to_the_sender_then_to_support(
    database: Session,
) -> None:
    event = factories.make_event(factories.make_programme(support_email="help@example.org"))
    factories.make_sender(programme_id=event.programme_id)
    assert constants(event)["event.address"] == "help@example.org"
    factories.make_sender(address="own@example.org", programme_id=event.programme_id, event_id=event.id)
    assert constants(event)["event.address"] == "own@example.org"
    with transaction() as session:
        mailbox = Mailbox(
            programme_id=event.programme_id,
            event_id=event.id,
            address="krakow@example.org",
            state="provisioning",
        )
        session.add(mailbox)
    assert constants(event)["event.address"] == "own@example.org"
    with transaction() as session:
        session.merge(mailbox).state = "active"
    assert constants(event)["event.address"] == "krakow@example.org"


def test_organizers_sign_as_a_language_lists_people(database: Session) -> None:
    event = factories.make_event(timezone="America/Sao_Paulo")
    assert constants(event)["organizers.names"] == ""
    for name in ("Zofia Nowak", "", "Ana Kovač"):
        factories.register(factories.make_person(name=name), event, MembershipKind.ORGANIZER)
    factories.make_staff(Role.ORGANIZER, event=event)
    factories.make_staff(Role.ORGANIZER, event=factories.make_event())
    assert constants(event)["organizers.names"] == "Ana Kovač, Ola Staff, and Zofia Nowak"
    assert constants(event, "pl")["organizers.names"] == "Ana Kovač, Ola Staff i Zofia Nowak"
    assert constants(event)["event.time_zone"] == "America/Sao_Paulo"


def test_dates_are_as_exact_as_they_are_known(database: Session) -> None:
    event = factories.make_event(starts_on=date(2027, 5, 1), date_precision="month")
    assert constants(event)["event.date"] == "May 2027"
    assert constants(event, "ar")["event.date"] == "مايو 2027"
    unknown = factories.make_event(starts_on=None, date_precision="tbd")
    assert constants(unknown, "es")["event.date"] == "fecha por confirmar"
