"""Visitors' messages: nothing is lost, each reaches those it is for and nobody else."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.user import Role
from webapp.programme.actions.contact import (
    Destination,
    forward_waiting,
    mark_message,
    pass_on,
    receive_message,
)
from webapp.programme.domain.contact import ContactKind, Written, answer_link, read_written
from webapp.programme.domain.contact_states import ContactState
from webapp.programme.models.contact import ContactMessage
from webapp.programme.models.programme import Event, Programme


@pytest.fixture
def event(app: Flask, database: Session) -> Event:
    event = factories.make_event(
        factories.make_programme(name="Code Circle", support_email="help@example.org")
    )
    for name in ("ola", "omar"):
        organizer = factories.make_person(f"{name}@example.org", name.title())
        factories.register(organizer, event, MembershipKind.ORGANIZER)
    factories.make_staff(Role.ORGANIZER, event=event, email="rita@example.org")
    return event


def write(event: Event, kind: ContactKind = ContactKind.EVENT, *, key: str = "one", **changes: str) -> int:
    words = {"name": "Zofia", "address": " Zofia@Example.org", "subject": "Lift?", "body": "Is there one?"}
    return receive_message(
        to=Destination(kind, event.programme_id, event.id),
        written=read_written(**{**words, **changes}),
        submission_token=key,
    )


def letters() -> dict[str, Shoot]:
    rows = db.session.execute(
        select(EmailLog.address, Shoot)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.cause == "contact.forward")
    )
    return {row[0]: row[1] for row in rows}


def test_organizers_each_get_a_letter_of_their_own_with_answers_to_the_visitor(event: Event) -> None:
    factories.make_sender()
    message = db.session.get_one(ContactMessage, write(event))
    sent = letters()
    assert set(sent) == {"ola@example.org", "omar@example.org", "rita@example.org"}
    assert {shoot.sender_line["reply_to"] for shoot in sent.values()} == {"zofia@example.org"}
    assert message.state == "forwarded"
    member = db.session.scalars(select(Membership).where(Membership.kind == MembershipKind.CONTACT)).one()
    assert (member.programme_id, member.event_id) == (event.programme_id, None)


@pytest.mark.contract
def test_contract_20_support_goes_to_support_only_and_is_stored_even_if_sending_fails(event: Event) -> None:
    waiting = db.session.get_one(ContactMessage, write(event, ContactKind.SUPPORT))  # there is no sender yet
    assert (waiting.state, waiting.body, waiting.event_id) == ("received", "Is there one?", event.id)
    assert letters() == {}
    factories.make_sender()
    assert forward_waiting(now() + timedelta(minutes=1)) == 1
    assert set(letters()) == {"help@example.org"}
    assert forward_waiting(now() + timedelta(minutes=1)) == 0
    db.session.refresh(waiting)
    assert waiting.state == "forwarded"
    organizer = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event))
    with pytest.raises(NotFoundError):
        mark_message(scope=organizer, message_id=waiting.id, state=ContactState.CLOSED)


def test_one_that_cannot_be_passed_on_does_not_stop_the_next(event: Event) -> None:
    factories.make_sender()
    mute = factories.make_event(factories.make_programme(support_email=""))
    stuck = write(mute, ContactKind.SUPPORT, key="stuck")
    with transaction() as session:
        session.get_one(Programme, event.programme_id).support_email = ""
    later = write(event, ContactKind.SUPPORT, key="later")
    with transaction() as session:
        session.get_one(Programme, event.programme_id).support_email = "new@example.org"
    assert forward_waiting(now() + timedelta(minutes=1)) == 1
    assert db.session.get_one(ContactMessage, stuck).state == "received"
    assert db.session.get_one(ContactMessage, later).state == "forwarded"


def test_an_event_without_organizers_is_answered_for_by_support(app: Flask, database: Session) -> None:
    factories.make_sender()
    write(factories.make_event(factories.make_programme(support_email="help@example.org")))
    assert set(letters()) == {"help@example.org"}


def test_a_form_that_is_sent_twice_at_once_is_one_message(app: Flask, event: Event) -> None:
    factories.make_sender()
    event_id, programme_id = event.id, event.programme_id
    written = read_written(name="Zofia", address="z@example.org", subject="", body="Hello")

    def send() -> int:
        return receive_message(
            to=Destination(ContactKind.EVENT, programme_id, event_id),
            written=written,
            submission_token="same",
        )

    answers = at_once(app, *[send] * 4)
    assert answers == [answers[0]] * 4
    db.session.rollback()
    assert len(db.session.scalars(select(ContactMessage)).all()) == 1
    assert len(letters()) == 3


def test_other_words_in_the_same_form_are_not_lost_in_silence(event: Event) -> None:
    write(event)
    with pytest.raises(StaffError, match="once more"):
        write(event, body="And another thing")


def test_spam_is_kept_and_can_be_passed_on_after_all(event: Event) -> None:
    factories.make_sender()
    scope = factories.scope_of(factories.make_staff(Role.SUPPORT, programme=event.programme))
    message_id = receive_message(
        to=Destination(ContactKind.EVENT, event.programme_id, event.id),
        written=Written("Zofia", "z@example.org", "", "Hello"),
        submission_token="trap",
        is_suspect=True,
    )
    assert db.session.get_one(ContactMessage, message_id).state == "spam"
    assert letters() == {}
    assert forward_waiting(now() + timedelta(minutes=1)) == 0
    pass_on(scope=scope, message_id=message_id)
    assert len(letters()) == 3
    with pytest.raises(ConflictError):
        pass_on(scope=scope, message_id=message_id)
    for state in (ContactState.ANSWERED, ContactState.CLOSED, ContactState.FORWARDED):
        mark_message(scope=scope, message_id=message_id, state=state)
    assert len(letters()) == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "nobody"}, "address"),
        ({"body": " \x00\n"}, "body"),
        ({"body": "x" * 10_001}, "body"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(event: Event, change: dict[str, str], field: str) -> None:
    with pytest.raises(StaffError) as refusal:
        write(event, **change)
    assert refusal.value.field == field
    assert db.session.scalars(select(ContactMessage)).all() == []


def test_an_event_of_another_programme_cannot_be_chosen(event: Event) -> None:
    foreign = factories.make_event()
    with pytest.raises(StaffError) as refusal:
        receive_message(
            to=Destination(ContactKind.EVENT, event.programme_id, foreign.id),
            written=Written("Z", "z@example.org", "", "Hello"),
            submission_token="x",
        )
    assert refusal.value.field == "event"


def test_a_header_cannot_be_written_into_a_subject_or_an_answer() -> None:
    written = read_written(
        name="Ana\r\nBcc: all@example.com", address="a@example.org", subject="Hi\nCc: b", body="&x"
    )
    assert (written.name, written.subject) == ("Ana Bcc: all@example.com", "Hi Cc: b")
    link = answer_link(written)
    assert link.startswith("mailto:a@example.org?subject=Re%3A%20Hi%20Cc%3A%20b&body=")
    assert link.endswith("%3E%20%26x")
