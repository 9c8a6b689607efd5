"""Keep, move or make: what is proposed, that a person confirms it, that it is what is done, and that Undo ends it."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories_mailboxes import (
    DOMAIN,
    accept_again,
    apply_again,
    make_earlier_edition,
    make_programme_with_mailboxes,
    take_steps,
)
from tests.rivals import at_once
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.host_undo import undo_host_decision
from webapp.programme.actions.mailbox_requests import retry_step
from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault
from webapp.programme.mailboxes.demo import DemoMailboxes
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host import get_host_application
from webapp.programme.queries.host_mailbox import find_mailbox_ways

PLAIN = f"krakow@{DOMAIN}"
MOVED = f"krakow-2027-03@{DOMAIN}"  # the earlier edition is in March


@pytest.fixture
def programme(database: Session) -> Programme:
    return make_programme_with_mailboxes()


def calls_of(service: "Written") -> list[str]:
    take_steps(service)
    return service.calls


class Written(DemoMailboxes):
    """A service that writes down what it is asked for."""

    def __init__(self, fails: str = "") -> None:
        self.calls: list[str] = []
        self._fails = fails

    def create(self, order: object) -> str:
        self.calls.append(f"create {order.address}")
        return super().create(order)

    def rename(self, address: str, new_address: str) -> None:
        self.calls.append(f"rename {address} {new_address}")
        if self._fails:
            raise MailboxError(MailboxFault.REFUSED, self._fails)


def letters() -> dict[str, tuple[str | None, str, str | None]]:
    """Return what the good news says of the mailbox, its shoot's state and gate; the same for all readers."""
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.merge_values, Shoot.fields, Shoot.state, Shoot.gate)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.cause == "host.accepted", EmailLog.state == "pending")
    )
    found = {(row[0][row[1].index("mailbox.address")], row[2], row[3]) for row in rows}
    assert len(found) == 1, found
    return found.pop()


@pytest.mark.parametrize(("is_shared", "kind"), [(True, "keep"), (False, "migrate")])
def test_nothing_of_anybodys_is_touched_unless_a_person_confirms_it(
    programme: Programme, is_shared: bool, kind: str
) -> None:
    first, old = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=is_shared)
    ways = find_mailbox_ways(get_host_application(SYSTEM, host), "krakow-2027", first)
    assert ways[0].kind.value == kind
    for said in ("", "perhaps", f"migrate {PLAIN} elsewhere@{DOMAIN}"):
        with pytest.raises(StaffError) as refused:
            accept_again(host, first, said)
        assert refused.value.field == "mailbox", said
    assert "Proposed" in refused.value.message
    db.session.rollback()
    assert (old.address, old.event_id) == (PLAIN, first.id)
    assert calls_of(Written()) == []
    done = accept_again(host, first, ways[0].token)
    assert done.state == "accepted"


def test_keeping_hands_the_mailbox_on_and_undo_hands_it_back(programme: Programme, database: Session) -> None:
    first, old = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=True)
    done = accept_again(host, first, "keep")
    assert letters() == (PLAIN, "held", None), "it is there already, nothing has to be waited for"
    database.refresh(old)
    sender = database.get_one(Sender, old.sender_id, populate_existing=True)
    assert (old.event_id, sender.event_id) == (done.event_id, done.event_id)
    undo_host_decision(scope=SYSTEM, application_id=host, now=now())
    database.refresh(old)
    database.refresh(sender)
    assert (old.event_id, sender.event_id, old.display_name) == (first.id, first.id, "Kraków #1")
    assert sender.display_name == "Kraków #1"
    accept_again(host, first, "keep")
    assert calls_of(Written()) == [], "no service has to do anything"


def test_moving_is_done_step_by_step_after_the_time_for_undoing(
    programme: Programme, database: Session
) -> None:
    first, old = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=False)
    done = accept_again(host, first, f"migrate {PLAIN} {MOVED}")
    new = database.scalars(select(Mailbox).where(Mailbox.event_id == done.event_id)).one()
    assert letters() == (PLAIN, "held", f"mailbox:{new.id}")
    due = database.scalars(select(MailboxStep.next_at).where(MailboxStep.operation == "rename")).all()
    assert due == [done.undo_until]
    assert (old.address, old.state) == (PLAIN, "active"), "our rows say what is, not what will be"
    assert calls_of(Written()) == [f"rename {PLAIN} {MOVED}", f"create {PLAIN}"]
    for row in (old, new):
        database.refresh(row)
    assert (old.address, old.state, old.event_id) == (MOVED, "retired", first.id)
    assert (new.address, new.state) == (PLAIN, "active")
    froms = dict(
        database.execute(select(Sender.event_id, Sender.address).where(Sender.event_id.is_not(None))).all()
    )
    assert froms == {first.id: MOVED, done.event_id: PLAIN}, "no edition writes from the other's address"
    assert letters() == (PLAIN, "held", None)


def test_undo_cancels_the_move(programme: Programme, database: Session) -> None:
    first, old = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=False)
    accept_again(host, first, "migrate")
    undo_host_decision(scope=SYSTEM, application_id=host, now=now())
    assert calls_of(Written()) == []
    database.refresh(old)
    assert (old.address, old.state) == (PLAIN, "active")
    assert database.scalars(select(Mailbox.id)).all() == [old.id]
    accept_again(host, first, "migrate")
    assert calls_of(Written()) == [f"rename {PLAIN} {MOVED}", f"create {PLAIN}"]


def test_after_the_first_step_nothing_is_undone(programme: Programme, database: Session) -> None:
    first, _ = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=False)
    accept_again(host, first, "migrate")
    calls_of(Written())
    with pytest.raises(ConflictError, match="being made already"):
        undo_host_decision(scope=SYSTEM, application_id=host, now=now())
    assert get_host_application(SYSTEM, host).state == "accepted"


def test_a_move_that_fails_makes_nobodys_address_anothers(programme: Programme, database: Session) -> None:
    first, old = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=False)
    done = accept_again(host, first, "migrate")
    assert calls_of(Written(fails="Not allowed.")) == [f"rename {PLAIN} {MOVED}"]
    new = database.scalars(select(Mailbox).where(Mailbox.event_id == done.event_id)).one()
    database.refresh(old)
    assert (old.address, old.state) == (PLAIN, "active")
    assert (new.state, new.last_error) == ("failed", f"{PLAIN} could not be moved: Not allowed.")
    assert letters()[1:] == ("held", f"mailbox:{new.id}")
    step = database.scalars(select(MailboxStep).where(MailboxStep.operation == "rename")).one()
    retry_step(scope=SYSTEM, mailbox_id=old.id, step_id=step.id, now=now())
    assert calls_of(Written()) == [f"rename {PLAIN} {MOVED}", f"create {PLAIN}"]
    database.refresh(new)
    assert (new.address, new.state) == (PLAIN, "active")


def test_a_second_application_does_not_get_what_was_promised_to_the_first(
    programme: Programme, database: Session
) -> None:
    first, _ = make_earlier_edition(programme)
    hosts = [apply_again(programme, first, is_shared=False) for _ in range(2)]
    accept_again(hosts[0], first, "migrate")
    with pytest.raises(StaffError) as refused:
        accept_again(hosts[1], first, "migrate", slug="krakow-2028")
    assert refused.value.field == "mailbox"
    accept_again(hosts[1], first, slug="krakow-2028")
    assert calls_of(Written()) == [
        f"rename {PLAIN} {MOVED}",
        f"create krakow-2028@{DOMAIN}",
        f"create {PLAIN}",
    ]


def test_of_two_who_accept_at_once_one_moves_the_old_mailbox(app: Flask, programme: Programme) -> None:
    first, _ = make_earlier_edition(programme)
    hosts = [apply_again(programme, first, is_shared=False) for _ in range(2)]
    first_id = first.id
    db.session.remove()
    answers = at_once(
        app,
        *(
            lambda host=host: accept_again(
                host, db.session.get_one(Event, first_id), "migrate", slug=f"krakow-{host}"
            )
            for host in hosts
        ),
    )
    assert sum(isinstance(answer, StaffError) for answer in answers) == 1, answers
    assert calls_of(Written()) == [f"rename {PLAIN} {MOVED}", f"create {PLAIN}"]


def test_without_a_mailbox_the_letter_names_none(programme: Programme, database: Session) -> None:
    first, old = make_earlier_edition(programme)
    host = apply_again(programme, first, is_shared=True)
    accept_again(host, first, "none")
    assert letters() == (None, "held", None)
    assert database.scalars(select(Mailbox.id)).all() == [old.id]


def test_two_cities_of_one_name_never_move_each_others_mailbox(
    programme: Programme, database: Session
) -> None:
    spain, old = make_earlier_edition(programme, city="Valencia", country="ES")
    host = apply_again(programme, spain, is_shared=False)
    with transaction() as session:
        row = session.merge(get_host_application(SYSTEM, host))
        row.city, row.country = "Valencia", "VE"
    ways = find_mailbox_ways(get_host_application(SYSTEM, host), "krakow-ve", None)
    assert [way.token for way in ways] == [f"create krakow-ve@{DOMAIN}", "none"]
    accept_again(host, None, slug="krakow-ve")
    assert calls_of(Written()) == [f"create krakow-ve@{DOMAIN}"]
    database.refresh(old)
    assert old.address == PLAIN
    assert database.scalars(select(Event.slug).order_by(Event.id)).all() == ["krakow", "krakow-ve"]
