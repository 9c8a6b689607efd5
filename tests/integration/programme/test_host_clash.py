"""What support is warned of before it decides, and which edition an event continues."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host, make_hosting_programme, submission_for
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.opt_out import Suppression
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import MembershipKind
from webapp.programme.actions.host_notes import clear_organizer_flag, set_organizer_flag
from webapp.programme.actions.host_submit import Organizer
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.domain.host_rules import PartialDate
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Event
from webapp.programme.queries.host import get_host_application
from webapp.programme.queries.host_clash import find_clashes, find_previous_editions, propose_host_slug

TEAM = (Organizer("lead@example.org", "Zofia Nowak"), Organizer("jan@example.org", "Jan Wójcik"))


def row_of(application_id: int) -> HostApplication:
    return get_host_application(SYSTEM, application_id)


def kinds_of(application_id: int) -> set[str]:
    return {clash.kind.value for clash in find_clashes(row_of(application_id))}


def test_the_same_place_is_found_however_it_is_spelled(database: Session) -> None:
    programme = make_hosting_programme()
    day = submission_for(programme).proposed.first
    first = apply_to_host(programme, city="Kraków")
    near = apply_to_host(programme, city="KRAKOW", proposed=PartialDate(day + timedelta(days=35)))
    far = apply_to_host(programme, city="Krakow", proposed=PartialDate(day + timedelta(days=126)))
    foreign = apply_to_host(programme, city="Krakow", country="US")
    elsewhere = apply_to_host(make_hosting_programme(), city="Kraków")
    found = [clash.application_id for clash in find_clashes(row_of(first.application_id))]
    assert found == [near.application_id]
    assert kinds_of(far.application_id) == set(), "91 days from one and more from the other"
    assert kinds_of(foreign.application_id) == kinds_of(elsewhere.application_id) == set()


def test_an_event_there_and_its_address_are_named(database: Session) -> None:
    programme = make_hosting_programme()
    day = submission_for(programme).proposed.first
    event = factories.make_event(
        programme, slug="krakow", city="krakow", country="Poland", starts_on=day + timedelta(days=90)
    )
    sent = apply_to_host(programme)
    found = {clash.kind.value: clash.event_id for clash in find_clashes(row_of(sent.application_id))}
    assert found == {"same_place_event": event.id, "slug_taken": event.id}
    assert propose_host_slug(row_of(sent.application_id)) == f"krakow-{day.year}"


def test_people_are_warned_of(database: Session) -> None:
    programme = make_hosting_programme()
    day = submission_for(programme).proposed.first
    sent = apply_to_host(programme, organizers=TEAM)
    apply_to_host(programme, city="Łódź", organizers=(Organizer("x@example.org", "X"), TEAM[1]))
    lead, second = (member.person for member in row_of(sent.application_id).members)
    recent = factories.make_event(programme, city="Lublin", starts_on=day - timedelta(days=179))
    factories.register(lead, recent, MembershipKind.ORGANIZER)
    flag = set_organizer_flag(scope=SYSTEM, person_id=second.id, kind="watch", reason="Late answers.")
    with transaction() as session:
        session.add(Suppression(address=lead.email, reason="bounced"))
    assert kinds_of(sent.application_id) == {"same_person", "too_soon", "watch", "address_fails"}
    assert find_clashes(row_of(sent.application_id))[0].kind.value == "address_fails", (
        "the gravest comes first"
    )
    clear_organizer_flag(scope=SYSTEM, flag_id=flag, reason="All well now.", now=now())
    assert "watch" not in kinds_of(sent.application_id)


def test_an_edition_continues_the_one_that_a_person_names(database: Session) -> None:
    programme = make_hosting_programme(name="Code Circle", timezone="UTC")
    first = factories.make_event(
        programme,
        slug="krakow",
        series_slug="krakow",
        country="PL",
        state="closed",
        capacity=30,
        url="https://example.org/one",
        numbers_told_at=now(),
        attendee_count=28,
        is_site_ready=True,
    )
    sent = apply_to_host(programme, organizers=TEAM)
    second = row_of(sent.application_id).members[1].person
    factories.register(second, first, MembershipKind.ORGANIZER)
    other = factories.make_event(programme, country="PL")
    found = find_previous_editions(row_of(sent.application_id))
    assert [(one.event_id, one.shared) for one in found] == [(first.id, ("Jan Wójcik",)), (other.id, ())]
    ask = {"scope": SYSTEM, "application_id": sent.application_id, "action": "accept", "now": now()}
    with pytest.raises(StaffError) as refusal:
        triage_host(**ask, slug="krakow-2")
    assert refusal.value.field == "previous_event_id"
    with pytest.raises(StaffError) as taken:
        triage_host(**ask, slug="krakow", previous_event_id=first.id)
    assert taken.value.field == "slug"
    done = triage_host(**ask, slug="krakow-2027", previous_event_id=first.id)
    made = db.session.get_one(Event, done.event_id)
    assert (made.name, made.series_slug, made.edition_number) == ("Code Circle Kraków #2", "krakow", 2)
    assert (made.timezone, made.capacity, made.previous_event_id) == ("Europe/Warsaw", 30, first.id)
    facts = (made.state, made.url, made.numbers_told_at, made.attendee_count, made.is_site_ready)
    assert facts == ("planned", "", None, None, False), (
        "what happened to the earlier one did not happen to this"
    )
    assert db.session.get_one(Event, first.id).slug == "krakow", "addresses never change"


@pytest.mark.contract
def test_contract_16_two_cities_of_one_name_stay_apart(database: Session) -> None:
    programme = make_hosting_programme(mail_domain="mail.example.org")
    spain = apply_to_host(programme, city="Valencia", country="ES")
    venezuela = apply_to_host(programme, city="Valencia", country="VE")
    assert kinds_of(venezuela.application_id) == set()
    ask = {"scope": SYSTEM, "action": "accept", "now": now()}
    first = triage_host(**ask, application_id=spain.application_id, slug="valencia")
    row = row_of(venezuela.application_id)
    assert find_previous_editions(row) == [], "the other country's is no earlier edition of it"
    assert propose_host_slug(row) == "valencia-ve"
    with pytest.raises(StaffError):
        triage_host(**ask, application_id=row.id, slug="valencia")
    second = triage_host(**ask, application_id=row.id, slug="valencia-ve")
    events = db.session.execute(
        select(Event.id, Event.slug, Event.series_slug, Event.edition_number, Event.name).order_by(Event.id)
    ).all()
    assert [tuple(event)[:4] for event in events] == [
        (first.event_id, "valencia", "valencia", 1),
        (second.event_id, "valencia-ve", "valencia-ve", 1),
    ]
