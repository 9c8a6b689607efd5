"""Promised letters with real processes: rolled back, held, taken back, and each of the others sent once."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.promises import LATER, errand, letter, post, shoots, to
from tests.integration.mail.test_delivery import counts, state
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import (
    Addressee,
    cancel_letters,
    post_letters,
    release_batch,
)
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot


def test_held_letters_are_let_go_by_the_ticker_when_their_time_is_over(
    database: Session, machinery: Machinery
) -> None:
    person = factories.make_person()
    (soon,) = post(errand(hold_until=now() + LATER), to(person, "a")).shoot_ids
    (late,) = post(errand(hold_until=now() + LATER), to(person, "b")).shoot_ids
    machinery.start_ticker()
    assert (state(soon), counts(soon)) == ("held", {"pending": 1})
    with transaction() as session:
        session.execute(
            update(Shoot).where(Shoot.id == soon).values(scheduled_at=now() - timedelta(seconds=1))
        )
    wait_until(lambda: state(soon) == "sending", what="the end of the hold")
    assert shoots()[0].started_at is not None
    assert state(late) == "held"


def promise_and_fail(addressee: Addressee) -> None:
    """Promise a letter in a transaction that comes to nothing."""
    with transaction():
        assert post_letters(errand(), [addressee]).written
        raise ZeroDivisionError


@pytest.mark.contract
def test_contract_02_what_is_rolled_back_was_never_promised(database: Session, machinery: Machinery) -> None:
    machinery.start_sink()
    machinery.start_worker("urgent")
    machinery.start_ticker()
    never, after = factories.make_person("never@example.org"), factories.make_person("after@example.org")
    factories.make_sender()
    with pytest.raises(ZeroDivisionError):
        promise_and_fail(to(never))
    assert shoots() == []
    assert db.session.scalar(select(func.count()).select_from(EmailLog)) == 0
    (shoot_id,) = post(errand(), to(after)).shoot_ids
    wait_until(lambda: state(shoot_id) == "completed", seconds=30, what="the letter that was committed")
    wait_until(lambda: machinery.inbox.page(limit=10), what="its arrival")
    assert [found.rcpt_to for found in machinery.inbox.page(limit=10)] == ["after@example.org"]
    assert post(errand(), to(never)).known == frozenset(), "its key is free"


def test_one_letter_is_taken_back_and_the_others_arrive(database: Session, machinery: Machinery) -> None:
    machinery.start_sink()
    machinery.start_worker("urgent")
    machinery.start_ticker()
    stays = factories.make_person("stays@example.org")
    goes = factories.make_person("goes@example.org")
    cause = errand(hold_until=now() + LATER, batch="wave:1")
    (shoot_id,) = post(cause, to(stays, "stays"), to(goes, "goes")).shoot_ids
    assert cancel_letters(["goes", "unknown"], why="Decided anew.") == {"goes"}
    assert cancel_letters(["goes"], why="Once more.") == set()
    assert (letter("goes").state, letter("stays").state) == ("cancelled", "pending")
    release_batch("wave:1")
    wait_until(lambda: state(shoot_id) == "completed", seconds=30, what="the end of the shoot")
    assert counts(shoot_id) == {"cancelled": 1, "sent": 1}
    wait_until(lambda: machinery.inbox.page(limit=10), what="the letter")
    assert [found.rcpt_to for found in machinery.inbox.page(limit=10)] == ["stays@example.org"]
    assert cancel_letters(["stays"], why="Too late.") == set()
    assert letter("stays").state == "sent"
