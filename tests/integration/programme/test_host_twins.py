"""Two cities with one name keep their events, addresses and mailboxes apart."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories_host import apply_to_host, make_hosting_programme
from webapp.core.clock import now
from webapp.core.database import db
from webapp.people.domain.scope import SYSTEM
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event


def stored(event_id: int) -> list[tuple[object, ...]]:
    """Return all that is stored of an event and its mailboxes, column by column."""
    db.session.expire_all()
    db.session.rollback()
    tables = (
        select(Event.__table__).where(Event.id == event_id),
        select(Mailbox.__table__).where(Mailbox.event_id == event_id),
    )
    return [tuple(row) for query in tables for row in db.session.execute(query)]


@pytest.mark.contract
def test_contract_16_the_second_valencia_leaves_the_first_as_it_was(database: Session) -> None:
    programme = make_hosting_programme(mail_domain="mail.example.org")
    ids = [apply_to_host(programme, city="Valencia", country=land).application_id for land in ("ES", "VE")]
    ask = {"scope": SYSTEM, "action": "accept", "now": now()}
    first = triage_host(**ask, application_id=ids[0], slug="valencia")
    before = stored(first.event_id or 0)
    assert len(before) == 2, "the event and its mailbox"
    second = triage_host(**ask, application_id=ids[1], slug="valencia-ve")
    assert stored(first.event_id or 0) == before, (
        "neither name nor address nor mailbox of the first has moved"
    )
    rows = db.session.execute(select(Mailbox.event_id, Mailbox.address).order_by(Mailbox.id)).all()
    assert [tuple(row) for row in rows] == [
        (first.event_id, "valencia@mail.example.org"),
        (second.event_id, "valencia-ve@mail.example.org"),
    ]
    operations = set(db.session.scalars(select(MailboxStep.operation)))
    assert "rename" not in operations, f"nobody's mailbox is renamed for a namesake: {operations}"
