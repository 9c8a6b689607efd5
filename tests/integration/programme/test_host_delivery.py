"""Accepting with the mail server down: the event is there, nothing is lost, and everybody gets it once."""

from collections import Counter

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests.arrivals import arrivals
from tests.factories_host import apply_to_host, make_hosting_programme
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import open_for
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.outbox import release_held
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.host_letters import batch_of
from webapp.programme.actions.host_submit import Organizer
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.actions.mailbox_steps import gate_of
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.programme import Event
from webapp.programme.queries.host import get_host_application, told_state

TEAM = tuple(Organizer(f"organizer{n}@example.org", f"Organizer {n}") for n in range(3))


def letter_states(*roles: str) -> Counter[str]:
    """Return how many letters of these roles are in which state."""
    db.session.rollback()
    role = func.split_part(EmailLog.dedupe_key, ":", 1)
    return Counter(db.session.scalars(select(EmailLog.state).where(role.in_(roles))))


def test_letters_that_name_a_mailbox_wait_for_it_and_nobody_knows_before(database: Session) -> None:
    programme = make_hosting_programme(mail_domain="mail.example.org")
    sent = apply_to_host(programme, organizers=TEAM)
    done = triage_host(
        scope=SYSTEM, application_id=sent.application_id, action="accept", slug="krakow", now=now()
    )
    row = get_host_application(SYSTEM, sent.application_id)
    assert told_state(row, now()) == "new"
    assert told_state(row, done.undo_until) == "accepted"
    with transaction() as session:  # the time for undoing is over
        session.execute(update(Shoot).where(Shoot.batch == batch_of(row)).values(scheduled_at=func.now()))
    assert held() == {"host.accepted": ("held", True), "account.invite": ("held", False)}
    with transaction():
        release_held()
    assert held() == {"host.accepted": ("held", True), "account.invite": ("sending", False)}
    with transaction():
        open_for(gate_of(session.scalars(select(Mailbox.id)).one()))
        release_held()
    assert held() == {"host.accepted": ("sending", False), "account.invite": ("sending", False)}


def held() -> dict[str, tuple[str, bool]]:
    """Return the state of each decision letter's shoot, and whether it waits for something, by role."""
    db.session.rollback()
    query = select(Shoot.cause, Shoot.state, Shoot.gate).where(
        Shoot.cause.in_(("host.accepted", "account.invite"))
    )
    return {row[0]: (row[1], row[2] is not None) for row in db.session.execute(query)}


@pytest.mark.contract
@pytest.mark.slow
def test_contract_01_accepting_with_the_mail_server_down_loses_nothing(
    database: Session, machinery: Machinery
) -> None:
    programme = make_hosting_programme(undo_minutes=0)
    sent = apply_to_host(programme, organizers=TEAM)
    machinery.start_worker("urgent")
    machinery.start_ticker()
    triage_host(scope=SYSTEM, application_id=sent.application_id, action="accept", slug="krakow", now=now())
    assert db.session.scalar(select(func.count()).select_from(Event)) == 1
    decision = ("host.accepted", "account.invite")
    wait_until(
        lambda: (
            letter_states(*decision)["deferred"] > 0
            or db.session.scalar(select(func.count()).where(EmailLog.attempt > 0))
        ),
        seconds=60,
        what=f"a try that does not get through\n{machinery.logs()}",
    )
    found = letter_states(*decision)
    assert found["sent"] == 0
    assert sum(found.values()) == 6, "nothing is lost"
    machinery.start_sink()
    with transaction() as session:  # do not wait for the end of the pause
        session.execute(update(EmailLog).where(EmailLog.next_at.is_not(None)).values(next_at=func.now()))
    wait_until(
        lambda: letter_states(*decision)["sent"] == 6,
        seconds=90,
        what=f"the letters\n{letter_states(*decision)}\n{machinery.logs()}",
    )
    wait_until(lambda: machinery.inbox.count_accepted() >= 10, what="the sink to have written all")
    got = arrivals(machinery)
    # to each: received, accepted, invited
    assert {address: got[address] for address in (one.email for one in TEAM)} == {
        one.email: 3 for one in TEAM
    }
