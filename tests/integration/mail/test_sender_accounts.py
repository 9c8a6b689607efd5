"""Senders with a mail account of their own: their letters go by it, everybody else's by the common server."""

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.processes import Machinery, free_port
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.core.vault import Vault
from webapp.mail.actions.senders import SenderDetails, add_sender, change_sender
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM


def state_of(shoot_id: int) -> str:
    """Return a shoot's state now."""
    db.session.rollback()
    return db.session.scalars(select(Shoot.state).where(Shoot.id == shoot_id)).one()


def test_its_letters_go_by_its_own_server(database: Session, machinery: Machinery) -> None:
    event = factories.make_event()
    factories.make_people(event, 30)
    common = factories.make_shoot(event)
    own = factories.make_shoot(event)
    with transaction() as session:
        sender = Sender(address="krakow@mail.example", event_id=event.id, programme_id=event.programme_id)
        sender.account = Vault([machinery.environment["SECRET_KEY"]]).seal(
            f"smtp://127.0.0.1:{machinery.sink_port}"
        )
        session.add(sender)
        session.flush()
        session.get_one(Shoot, own).sender_id = sender.id
    machinery.start_sink()
    machinery.start("webapp.jobs.worker", "bulk", SMTP_URL=f"smtp://127.0.0.1:{free_port()}")
    machinery.start_ticker()
    wait_until(lambda: state_of(own) == "completed", seconds=40, every=0.2, what=machinery.logs())
    wait_until(lambda: machinery.inbox.count_accepted() == 30, what="the letters in the sink")
    assert state_of(common) == "sending", "the common server is down; only its senders rest"
    assert database.get_one(Sender, sender.id).pause_count == 0


def test_an_account_is_stored_sealed_and_can_be_taken_away(app: Flask, database: Session) -> None:
    url = "smtps://krakow:p%40ss@smtp.example:465"
    sender_id = add_sender(scope=SYSTEM, details=SenderDetails("krakow@mail.example", account=url))
    sender = database.get_one(Sender, sender_id)
    assert sender.account is not None
    assert "krakow" not in sender.account
    assert app.extensions["vault"].open(sender.account) == url
    change_sender(scope=SYSTEM, sender_id=sender_id, details=SenderDetails("krakow@mail.example"))
    assert sender.account is not None, "nothing was said of it"
    change_sender(scope=SYSTEM, sender_id=sender_id, details=SenderDetails("krakow@mail.example", account=""))
    assert sender.account is None


def test_an_account_that_no_key_opens_lets_its_sender_rest(database: Session, machinery: Machinery) -> None:
    event = factories.make_event()
    factories.make_people(event, 3)
    shoot_id = factories.make_shoot(event)
    with transaction() as session:
        sender = session.get_one(Sender, session.get_one(Shoot, shoot_id).sender_id)
        sender.account = Vault(["another secret of another installation"]).seal("smtp://mail.example")
    machinery.start_worker("bulk")
    machinery.start_ticker()

    def rests() -> bool:
        db.session.rollback()
        return "SECRET_KEY_OLD" in (db.session.get_one(Sender, sender.id).pause_reason or "")

    wait_until(rests, seconds=20, every=0.2, what=machinery.logs())
    assert state_of(shoot_id) == "sending"


@pytest.mark.parametrize("secret", ["a secret of more than thirty-two characters"])
def test_the_vault_tells_nothing_to_another_key(secret: str) -> None:
    assert Vault([secret]).seal("x") != Vault([secret]).seal("x"), "equal secrets must not look equal"
