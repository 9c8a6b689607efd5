"""What staff may ask for with a mailbox: by its state, by whose it is, and never two things at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_host import apply_to_host
from tests.factories_mailboxes import (
    DOMAIN,
    make_programme_with_mailboxes,
    make_used_mailbox,
    take_steps,
)
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.render import open_letter
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.membership import MembershipKind
from webapp.people.models.user import Role
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.actions.host_undo import release_host_letters
from webapp.programme.actions.mailbox_requests import keep_existing, move_existing, request_step, retry_step
from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault
from webapp.programme.mailboxes.demo import DemoMailboxes
from webapp.programme.models.activity import Activity
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event


class IsTaken(DemoMailboxes):
    """A service that has everything already."""

    def create(self, order: object) -> str:
        raise MailboxError(MailboxFault.EXISTS, "Somebody has it.")


@pytest.fixture
def event(database: Session) -> Event:
    return factories.make_event(make_programme_with_mailboxes(), slug="krakow")


def steps_of(mailbox: Mailbox) -> list[tuple[str, str]]:
    db.session.rollback()
    query = select(MailboxStep.operation, MailboxStep.state).where(MailboxStep.mailbox_id == mailbox.id)
    return [tuple(row) for row in db.session.execute(query.order_by(MailboxStep.id))]


def requests_for(mailbox: Mailbox, scope: Scope = SYSTEM) -> list[Callable[[], object]]:
    """Return everything that can be asked for."""
    key = mailbox.id
    first = db.session.scalars(select(MailboxStep.id).where(MailboxStep.mailbox_id == key)).first() or 0
    return [
        lambda: request_step(scope=scope, mailbox_id=key, operation="suspend", now=now()),
        lambda: request_step(scope=scope, mailbox_id=key, operation="reset", recovery="x@y.z", now=now()),
        lambda: keep_existing(scope=scope, mailbox_id=key),
        lambda: move_existing(scope=scope, mailbox_id=key, now=now()),
        lambda: retry_step(scope=scope, mailbox_id=key, step_id=first, now=now()),
    ]


def test_only_support_of_its_programme_asks_for_anything(event: Event) -> None:
    mailbox = make_used_mailbox(event)
    for user in (
        factories.make_staff(Role.SUPPORT, programme=factories.make_programme()),
        factories.make_staff(Role.ORGANIZER, event=event),
    ):
        for ask in requests_for(mailbox, factories.scope_of(user)):
            with pytest.raises(NotFoundError):
                ask()
    assert steps_of(mailbox) == [("create", "done")]


@pytest.mark.parametrize("state", ["requested", "provisioning", "retired"])
def test_what_its_state_does_not_allow_is_refused_with_a_sentence(event: Event, state: str) -> None:
    mailbox = make_used_mailbox(event)
    with transaction() as session:
        session.execute(update(Mailbox).values(state=state))
    for ask in requests_for(mailbox):
        with pytest.raises(ConflictError) as refused:
            ask()
        assert refused.value.message.endswith(".")
    assert steps_of(mailbox) == [("create", "done")]


def test_suspending_takes_its_sender_away_and_it_can_be_used_again(event: Event, database: Session) -> None:
    mailbox = make_used_mailbox(event)
    support = factories.make_staff(Role.SUPPORT, programme=event.programme)
    scope = factories.scope_of(support)
    request_step(scope=scope, mailbox_id=mailbox.id, operation="suspend", now=now())
    with pytest.raises(ConflictError, match="has not ended"):
        request_step(scope=scope, mailbox_id=mailbox.id, operation="suspend", now=now())
    assert take_steps() == 1
    database.refresh(mailbox)
    sender = database.get_one(Sender, mailbox.sender_id, populate_existing=True)
    assert (mailbox.state, sender.is_active) == ("suspended", False)
    asked = database.scalars(select(Activity).where(Activity.verb == "mailbox.suspend_requested")).one()
    assert asked.actor_id == support.id
    keep_existing(scope=scope, mailbox_id=mailbox.id)
    database.refresh(sender)
    database.refresh(mailbox)
    assert (mailbox.state, sender.is_active) == ("active", True)


def test_a_password_goes_only_to_an_organizer(event: Event) -> None:
    mailbox, asked = make_used_mailbox(event), []
    factories.register(factories.make_person("ola@example.org"), event, MembershipKind.ORGANIZER)
    factories.register(factories.make_person("guest@example.org"), event)

    class Listens(DemoMailboxes):
        def reset(self, address: str, recovery: str) -> None:
            asked.append((address, recovery))

    ask = {"scope": SYSTEM, "mailbox_id": mailbox.id, "operation": "reset", "now": now()}
    for recovery in ("", "guest@example.org", "evil@example.com"):
        with pytest.raises(StaffError) as refused:
            request_step(**ask, recovery=recovery)
        assert refused.value.field == "recovery"
    request_step(**ask, recovery="ola@example.org")
    take_steps(Listens())
    assert asked == [(f"krakow@{DOMAIN}", "ola@example.org")]
    with pytest.raises(StaffError):
        request_step(scope=SYSTEM, mailbox_id=mailbox.id, operation="create", now=now())


def test_what_failed_is_asked_for_anew_or_tried_again(event: Event) -> None:
    mailbox = make_used_mailbox(event)

    class Refuses(DemoMailboxes):
        def suspend(self, address: str) -> None:
            raise MailboxError(MailboxFault.REFUSED, "No.")

    first = request_step(scope=SYSTEM, mailbox_id=mailbox.id, operation="suspend", now=now())
    take_steps(Refuses())
    assert steps_of(mailbox)[1:] == [("suspend", "failed")]
    retry_step(scope=SYSTEM, mailbox_id=mailbox.id, step_id=first, now=now())
    take_steps(Refuses())
    request_step(scope=SYSTEM, mailbox_id=mailbox.id, operation="suspend", now=now())
    assert steps_of(mailbox)[1:] == [("suspend", "cancelled"), ("suspend", "waiting")]
    with pytest.raises(ConflictError):
        retry_step(scope=SYSTEM, mailbox_id=mailbox.id, step_id=first, now=now())
    with pytest.raises(StaffError):
        retry_step(scope=SYSTEM, mailbox_id=mailbox.id, step_id=10**6, now=now())


def test_what_exists_already_is_kept_or_moved_by_a_person(event: Event, database: Session) -> None:
    kept = make_used_mailbox(event, "kept", IsTaken())
    moved = make_used_mailbox(event, "moved", IsTaken())
    assert (kept.state, moved.state) == ("failed", "failed")
    keep_existing(scope=SYSTEM, mailbox_id=kept.id)
    database.refresh(kept)
    assert (kept.state, steps_of(kept)) == ("active", [("create", "cancelled")])
    old = move_existing(scope=SYSTEM, mailbox_id=moved.id, now=now())
    assert old == f"moved-{now():%Y-%m}@{DOMAIN}"
    with pytest.raises(ConflictError):
        move_existing(scope=SYSTEM, mailbox_id=moved.id, now=now())
    assert take_steps() == 2
    database.refresh(moved)
    assert (moved.state, moved.address) == ("active", f"moved@{DOMAIN}")
    stranger = database.scalars(select(Mailbox).where(Mailbox.address == old)).one()
    assert (stranger.state, stranger.event_id, stranger.sender_id) == ("retired", None, None)


def test_sent_without_the_mailbox_the_letters_do_not_name_it(database: Session) -> None:
    programme = make_programme_with_mailboxes()
    sent = apply_to_host(programme)
    triage_host(scope=SYSTEM, application_id=sent.application_id, action="accept", slug="krakow", now=now())
    take_steps(IsTaken())
    assert database.scalars(select(Mailbox.state)).all() == ["failed"]
    release_host_letters(scope=SYSTEM, application_id=sent.application_id)
    shoot = database.scalars(select(Shoot).where(Shoot.cause == "host.accepted")).one()
    assert shoot.state == "sending"
    for row in database.scalars(select(EmailLog).where(EmailLog.shoot_id == shoot.id)):
        built = open_letter(shoot).build(
            seq=row.seq, name=row.name, address=row.address or "", values=row.merge_values, date=now()
        )
        assert f"krakow@{DOMAIN}".encode() not in built
        assert b"good news" in built
    with pytest.raises(ConflictError, match="held any more"):
        release_host_letters(scope=SYSTEM, application_id=sent.application_id)
    take_steps(DemoMailboxes(), now() + timedelta(days=1))
