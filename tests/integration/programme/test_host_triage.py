"""What support does with applications to host: states, who may, what is needed, one at a time and many at once."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host, make_hosting_programme
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.membership import Membership
from webapp.people.models.user import Grant, Role, User
from webapp.programme.actions.host_notes import assign_host, comment_host, set_organizer_flag
from webapp.programme.actions.host_triage import triage_host, triage_many, withdraw_by_link
from webapp.programme.actions.host_undo import release_host_letters, undo_host_decision
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event
from webapp.programme.queries.host import find_host_activities, get_host_application
from webapp.programme.queries.host_links import make_host_token


def states_of(role: str) -> list[str]:
    """Return the states of all letters that are there for a role, by their keys."""
    db.session.rollback()
    query = (
        select(EmailLog.state).where(EmailLog.dedupe_key.startswith(f"{role}:")).order_by(EmailLog.shoot_id)
    )
    return list(db.session.scalars(query))


def state_of(application_id: int) -> str:
    db.session.rollback()
    return get_host_application(SYSTEM, application_id).state


def accept(
    application_id: int, scope: Scope = SYSTEM, at: datetime | None = None, **choices: object
) -> object:
    return triage_host(
        scope=scope,
        application_id=application_id,
        action="accept",
        now=at or now(),
        **{"slug": "krakow", "previous_event_id": None, **choices},
    )


def test_accepting_makes_event_roles_accounts_mailbox_and_held_letters(database: Session) -> None:
    programme = make_hosting_programme(mail_domain="mail.example.org", name="Code Circle")
    known = factories.make_staff(Role.SUPPORT, programme=programme, email="second.known@example.org")
    sent = apply_to_host(programme)
    with transaction() as session:  # the second organizer has an account already
        row = session.get_one(HostApplication, sent.application_id)
        session.execute(
            HostApplication.members.property.mapper.class_.__table__.update()
            .where(HostApplication.members.property.mapper.class_.application_id == row.id)
            .where(HostApplication.members.property.mapper.class_.position == 1)
            .values(person_id=known.person_id)
        )
    done = accept(sent.application_id)
    event = db.session.scalars(select(Event)).one()
    assert done.event_id == event.id
    assert (event.slug, event.name, event.series_slug, event.state) == (
        "krakow",
        "Code Circle Kraków",
        "krakow",
        "planned",
    )
    assert event.host_application_id == sent.application_id
    grants = db.session.scalars(select(Grant).where(Grant.event_id == event.id)).all()
    assert {(grant.role, grant.may_send) for grant in grants} == {("organizer", True)}
    assert len(grants) == 2
    mailbox = db.session.scalars(select(Mailbox)).one()
    step = db.session.scalars(select(MailboxStep)).one()
    assert (mailbox.address, mailbox.state, step.operation, step.state) == (
        "krakow@mail.example.org",
        "requested",
        "create",
        "waiting",
    )
    assert step.next_at == done.undo_until
    assert len(states_of("host.accepted")) == 2
    assert len(states_of("account.invite")) == 1
    assert len(states_of("account.added_to_event")) == 1


@pytest.mark.parametrize("action", ["put_on_hold", "reopen"])
def test_a_comment_is_needed(database: Session, action: str) -> None:
    sent = apply_to_host(make_hosting_programme())
    if action == "reopen":
        triage_host(scope=SYSTEM, application_id=sent.application_id, action="reject", now=now())
    for one in (
        lambda: triage_host(scope=SYSTEM, application_id=sent.application_id, action=action, now=now()),
        lambda: triage_many(scope=SYSTEM, application_ids=[sent.application_id], action=action, now=now()),
    ):
        with pytest.raises(StaffError) as refusal:
            one()
        assert refusal.value.field == "comment"


def test_only_support_of_the_programme_may(database: Session) -> None:
    programme = make_hosting_programme()
    sent = apply_to_host(programme)
    event = factories.make_event(programme)
    organizer = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event))
    foreign = factories.scope_of(factories.make_staff(Role.SUPPORT, programme=factories.make_programme()))
    for scope in (organizer, foreign):
        with pytest.raises(NotFoundError):
            accept(sent.application_id, scope)
        with pytest.raises(NotFoundError):
            triage_many(
                scope=scope, application_ids=[sent.application_id], action="move_to_review", now=now()
            )
        with pytest.raises(NotFoundError):
            comment_host(scope=scope, application_id=sent.application_id, comment="Hello")
    assert state_of(sent.application_id) == "new"
    support = factories.scope_of(factories.make_staff(Role.SUPPORT, programme=programme))
    triage_host(scope=support, application_id=sent.application_id, action="move_to_review", now=now())
    assert state_of(sent.application_id) == "in_review"


@pytest.mark.contract
def test_contract_04_bulk_change_skips_what_may_not_and_says_why(database: Session) -> None:
    programme = make_hosting_programme()
    sent = [apply_to_host(programme, city=f"City {n}") for n in range(4)]
    ids = [one.application_id for one in sent]
    accept(ids[0], slug="one")
    triage_host(scope=SYSTEM, application_id=ids[1], action="withdraw", now=now())
    asked = {"scope": SYSTEM, "application_ids": ids, "action": "put_on_hold", "comment": "Room?"}
    shown = triage_many(**asked, now=now(), dry_run=True)
    assert [state_of(one) for one in ids] == ["accepted", "withdrawn", "new", "new"], (
        "showing changes nothing"
    )
    found = triage_many(**asked, now=now())
    assert {one.application_id for one in found.done} == {ids[2], ids[3]}
    assert {one.application_id: one.reason for one in found.skipped} == {
        ids[0]: f"{sent[0].reference} is accepted; it can no longer be put on hold.",
        ids[1]: f"{sent[1].reference} is withdrawn; it can no longer be put on hold.",
    }
    assert shown.skipped == found.skipped
    assert {one.application_id for one in shown.done} == {one.application_id for one in found.done}
    assert [state_of(one) for one in ids] == ["accepted", "withdrawn", "on_hold", "on_hold"]
    assert all(
        activity.comment == "Room?" for one in ids[2:] for activity in find_host_activities(SYSTEM, one)[:1]
    )


@pytest.mark.contract
def test_contract_03_two_simultaneous_accepts_make_one_event_and_one_set_of_letters(
    app: Flask, database: Session
) -> None:
    sent = apply_to_host(make_hosting_programme(mail_domain="mail.example.org"))
    db.session.remove()
    answers = at_once(
        app, *(lambda slug=slug: accept(sent.application_id, slug=slug) for slug in ("a", "b", "c"))
    )
    assert sum(isinstance(answer, ConflictError) for answer in answers) == 2, answers
    assert db.session.scalar(select(func.count()).select_from(Event)) == 1
    assert db.session.scalar(select(func.count()).select_from(Mailbox)) == 1
    assert states_of("host.accepted") == ["pending", "pending"]
    assert states_of("account.invite") == ["pending", "pending"]


@pytest.mark.contract
def test_contract_07_undoing_an_acceptance_takes_everything_back(database: Session) -> None:
    programme = make_hosting_programme(mail_domain="mail.example.org")
    author = factories.make_staff(Role.SUPPORT, programme=programme)
    scope = factories.scope_of(author)
    sent = apply_to_host(programme)
    users = db.session.scalar(select(func.count()).select_from(User))
    triage_host(scope=scope, application_id=sent.application_id, action="move_to_review", now=now())
    accept(sent.application_id, scope)
    other = factories.scope_of(factories.make_staff(Role.SUPPORT, programme=programme))
    with pytest.raises(ForbiddenError):
        undo_host_decision(scope=other, application_id=sent.application_id, now=now())
    assert undo_host_decision(scope=scope, application_id=sent.application_id, now=now()) == "in_review"
    for table in (Event, Mailbox, MailboxStep):
        assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert db.session.scalar(select(func.count()).select_from(User)) == users + 1, "only the other supporter"
    assert db.session.scalar(select(func.count()).where(Membership.event_id.is_not(None))) == 0
    assert states_of("host.accepted") == states_of("account.invite") == ["cancelled", "cancelled"]
    assert find_host_activities(SYSTEM, sent.application_id)[0].verb == "host.undone"
    with pytest.raises(ConflictError):
        undo_host_decision(scope=scope, application_id=sent.application_id, now=now())
    accept(sent.application_id, scope)
    assert states_of("host.accepted") == ["cancelled", "cancelled", "pending", "pending"]


def test_after_its_time_nothing_is_undone(database: Session) -> None:
    sent = apply_to_host(make_hosting_programme())
    accept(sent.application_id)
    later = now() + timedelta(minutes=11)
    with pytest.raises(ConflictError):
        undo_host_decision(scope=SYSTEM, application_id=sent.application_id, now=later)
    with pytest.raises(ConflictError):
        triage_host(scope=SYSTEM, application_id=sent.application_id, action="reject", now=later)
    assert state_of(sent.application_id) == "accepted"


def test_released_letters_cannot_be_taken_back(database: Session) -> None:
    sent = apply_to_host(make_hosting_programme())
    accept(sent.application_id)
    release_host_letters(scope=SYSTEM, application_id=sent.application_id)
    with pytest.raises(ConflictError):
        undo_host_decision(scope=SYSTEM, application_id=sent.application_id, now=now())
    assert db.session.scalar(select(func.count()).select_from(Event)) == 1


@pytest.mark.contract
def test_contract_08_accept_then_reject_before_release_tells_only_the_rejection(database: Session) -> None:
    sent = apply_to_host(make_hosting_programme(mail_domain="mail.example.org"))
    accept(sent.application_id)
    triage_host(
        scope=SYSTEM, application_id=sent.application_id, action="reject", note="Ask again.", now=now()
    )
    assert state_of(sent.application_id) == "rejected"
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0
    assert states_of("host.accepted") == states_of("account.invite") == ["cancelled", "cancelled"]
    assert states_of("host.rejected") == ["pending", "pending"]
    letter = db.session.scalars(
        select(EmailLog).where(EmailLog.dedupe_key.startswith("host.rejected:")).limit(1)
    ).one()
    assert "Ask again." in letter.merge_values


@pytest.mark.contract
@pytest.mark.parametrize("city", ["北京", "Αθήνα", "القاهرة"])
def test_contract_15_a_name_that_is_not_latin_asks_for_an_address(database: Session, city: str) -> None:
    sent = apply_to_host(make_hosting_programme(), city=city)
    for slug in ("", "-2", city, "2"):
        with pytest.raises(StaffError) as refusal:
            accept(sent.application_id, slug=slug)
        assert refusal.value.field == "slug"
        assert "-2" not in refusal.value.message
    assert state_of(sent.application_id) == "new"
    assert db.session.scalar(select(func.count()).select_from(Event)) == 0
    accept(sent.application_id, slug="beijing")
    assert db.session.scalars(select(Event.slug)).all() == ["beijing"]


def test_reopening_takes_a_rejection_that_has_not_left_back(database: Session) -> None:
    sent = apply_to_host(make_hosting_programme())
    triage_host(scope=SYSTEM, application_id=sent.application_id, action="reject", now=now())
    triage_host(
        scope=SYSTEM, application_id=sent.application_id, action="reopen", comment="They wrote", now=now()
    )
    assert state_of(sent.application_id) == "in_review"
    assert states_of("host.rejected") == ["cancelled", "cancelled"]


def test_only_the_lead_withdraws_by_link_and_support_is_told(database: Session) -> None:
    sent = apply_to_host(make_hosting_programme())
    lead, second = (member.person_id for member in get_host_application(SYSTEM, sent.application_id).members)
    with pytest.raises(ForbiddenError):
        withdraw_by_link(token=make_host_token(sent.application_id, second), now=now())
    with pytest.raises(NotFoundError):
        withdraw_by_link(token="guessed", now=now())
    withdraw_by_link(token=make_host_token(sent.application_id, lead), now=now())
    assert state_of(sent.application_id) == "withdrawn"
    assert states_of("host.withdrawn") == ["pending"]
    with pytest.raises(ConflictError):
        withdraw_by_link(token=make_host_token(sent.application_id, lead), now=now())


def test_somebody_blocked_is_accepted_only_knowingly(database: Session) -> None:
    sent = apply_to_host(make_hosting_programme())
    lead = get_host_application(SYSTEM, sent.application_id).lead_person_id
    set_organizer_flag(scope=SYSTEM, person_id=lead, kind="blocked", reason="Took the money.")
    with pytest.raises(StaffError) as refusal:
        accept(sent.application_id)
    assert refusal.value.field == "is_acknowledged"
    accept(sent.application_id, is_acknowledged=True)


def test_only_support_is_assigned(database: Session) -> None:
    programme = make_hosting_programme()
    sent = apply_to_host(programme)
    support = factories.make_staff(Role.SUPPORT, programme=programme)
    stranger = factories.make_staff(Role.SUPPORT, programme=factories.make_programme())
    assign_host(scope=SYSTEM, application_id=sent.application_id, user_id=support.id)
    with pytest.raises(StaffError):
        assign_host(scope=SYSTEM, application_id=sent.application_id, user_id=stranger.id)
    assert get_host_application(SYSTEM, sent.application_id).assigned_to_id == support.id
