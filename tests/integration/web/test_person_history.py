"""A person's page tells what they applied for, answered and do not want, and why they got a letter or not."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests import factories, factories_attend, factories_host, factories_newsletter, factories_review
from tests.integration.mail.outcomes import give_outcomes
from tests.integration.web.house import House
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import words
from webapp.core.clock import now
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.models.opt_out import Suppression
from webapp.mail.models.shoot import Shoot
from webapp.people.models.user import Role
from webapp.programme.actions.host_submit import Organizer
from webapp.programme.domain.host_rules import PartialDate
from webapp.programme.models.newsletter import Consent
from webapp.programme.models.programme import Event


@pytest.fixture
def house(app: Flask, database: Session) -> House:
    return House(app)


def send(event: Event, subject: str, segment: str = "registered") -> int:
    """Send a letter to people of an event and write its rows."""
    shoot_id = factories.make_shoot(event, subject=subject, segment=segment)
    prepare_shoot(shoot_id)
    return shoot_id


def answer(page: str) -> str:
    """Return what is answered to the question."""
    found = re.search(r'id="why-answer">(.*?)</div>', page, re.S)
    return words(found[1]).strip() if found else ""


def ask(visitor: Visitor, person_id: int, shoot_id: int) -> str:
    return answer(visitor.get(f"/people/{person_id}?shoot={shoot_id}").text)


def make_history(house: House) -> str:
    """Let Anna apply in two programmes, subscribe and bounce; return her application to host."""
    factories.make_sender()
    factories_attend.make_form(house.event)
    factories_attend.make_form(house.foreign)
    mine = factories_attend.make_application(house.event, house.anna.email, why=["Because I like it."])
    factories_attend.make_application(house.foreign, house.anna.email, why=["A foreign secret"])
    factories_attend.tell(mine, rsvp="yes", rsvp_at=now(), announced_at=now())
    factories_host.set_state_of_programme(house.ours, is_hosting_open=True)
    applied = factories_host.apply_to_host(
        house.ours,
        organizers=(Organizer("anna@example.org", "Anna"),),
        proposed=PartialDate((now() + timedelta(days=200)).date()),
    )
    news = factories_newsletter.make_list(house.ours, name="Our news")
    factories_newsletter.subscribe_person(news, house.anna)
    with transaction() as session:
        session.add(
            Consent(
                list_id=news.id,
                person_id=house.anna.id,
                deed="confirmed",
                place="public form",
                words="I want it.",
            )
        )
        session.add(Suppression(address="anna@example.org", reason="bounced"))
    return applied.reference


def test_applications_answers_and_newsletters_are_told_to_whom_they_belong(house: House) -> None:
    reference = make_history(house)
    address = f"/people/{house.anna.id}"
    support, organizer = (
        words(house.visit(role).get(address).text) for role in (Role.SUPPORT, Role.ORGANIZER)
    )
    for said in (
        "Our event , no. 1",
        "Decided: accepted, and told on",
        "They come; said on",
        "Because I like it.",
    ):
        assert said in support, said
        assert said in organizer, said
    for said in (
        reference,
        "Nobody has looked at it yet",
        "Our news",
        "Confirmed",
        "public form: “ I want it. ”",
    ):
        assert said in support, said
        assert said not in organizer, said
    assert "Their address is suppressed since" in organizer
    for page in (support, organizer):
        assert "foreign secret" not in page
        assert "Foreign event" not in page
    everything = words(Visitor(house.app).sign_in(factories.make_staff().email).get(address).text)
    assert "A foreign secret" in everything


def test_a_reviewer_is_not_told_about_people(house: House) -> None:
    reviewer = factories_review.make_reviewer(house.event)
    visitor = Visitor(house.app).sign_in(reviewer.email)
    assert visitor.get(f"/people/{house.anna.id}").status_code == 403
    assert visitor.get("/today/concerns").status_code == 403


def test_why_they_got_it_or_not(house: House) -> None:
    organizer = house.visit(Role.ORGANIZER)
    anna = house.anna.id
    got = send(house.event, "It arrived")
    give_outcomes(got, {0: ("sent", None, None)})
    failed = send(house.event, "It came back")
    give_outcomes(failed, {0: ("failed", "address", "550 5.1.1 unknown")})
    late = factories.make_person("late@example.org", "Late")
    factories.register(late, house.event)
    house.wish("event", programme_id=house.ours.id, event_id=house.event.id)
    skipped = send(house.event, "She does not want it")
    page = organizer.get(f"/people/{anna}").text
    assert re.findall(r'<option value="(\d+)"', page) == [str(skipped), str(failed), str(got)]

    assert ask(organizer, anna, got).startswith("Yes. It arrived They got it on")
    assert "refused it for good. The mailbox does not exist." in ask(organizer, anna, failed)
    assert re.search(
        r"No\. .* They opted out of letters of Our event on .* on the page", ask(organizer, anna, skipped)
    )
    assert "they are known only since" in ask(organizer, late.id, got)

    joined = factories.make_person("joined@example.org", "Joined")
    before = send(house.event, "Before they came")
    factories.register(joined, house.event)
    assert "They joined on" in ask(organizer, joined.id, before)


def test_why_not_says_what_speaks_against_them(house: House) -> None:
    factories.make_sender()
    organizer = house.visit(Role.ORGANIZER)
    factories_attend.make_form(house.event)
    row = factories_attend.make_application(house.event, house.anna.email)
    factories_attend.tell(row, "rejected", announced_at=now())
    factories_attend.tell(factories_attend.make_application(house.event))
    accepted = factories.make_shoot(house.event, subject="To the accepted", segment="applicants")
    with transaction() as session:
        shoot = session.get_one(Shoot, accepted)
        choice = {"segment": "applicants", "settings": {"decision": "accepted"}}
        shoot.audience = {"include": [choice], "exclude": []}
    planned = ask(organizer, house.anna.id, accepted)
    assert (
        "As things stand they will not get it. It went to “Applicants of Our event, decided: accepted”"
        in planned
    )
    prepare_shoot(accepted)
    told = ask(organizer, house.anna.id, accepted)
    assert told.startswith("No. To the accepted They were not in its audience.")
    assert re.search(r"Their application 1 to Our event: Decided: rejected, and told on", told)


def test_an_announcement_is_asked_about_once_in_whatever_language_it_is(house: House) -> None:
    factories.make_sender()
    form = factories_attend.make_form(house.event)
    one, other = factories_review.apply_many(form, 2)
    with transaction():
        other.locale = "pl"
    factories_review.decide(house.event, [one, other], "accepted")
    factories_review.announce(house.event)
    organizer = house.visit(Role.ORGANIZER)
    page = organizer.get(f"/people/{one.person_id}").text
    options = re.findall(r'<option value="(\d+)"', page)
    assert len(options) == 1, options
    for row in (one, other):
        assert "It is held until" in ask(organizer, row.person_id, int(options[0]))
        assert "Their letter is held until" in words(organizer.get(f"/people/{row.person_id}").text)
    assert "they were not among them" in ask(organizer, house.anna.id, int(options[0]))


def test_of_foreign_shoots_nothing_is_said(house: House) -> None:
    foreign = send(house.foreign, "Foreign letter")
    organizer = house.visit(Role.ORGANIZER)
    assert organizer.get(f"/people/{house.anna.id}?shoot={foreign}").status_code == 404
    assert organizer.get(f"/people/{house.anna.id}?shoot=nonsense").status_code == 200
    assert "Foreign letter" not in organizer.get(f"/people/{house.anna.id}").text
