"""Saying stop while a shoot is under way: whoever has not been handed over yet is left out, and the sum balances."""

from http.client import HTTPConnection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.core.tokens import TokenKeys
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.schedule_steering import pause_shoot, resume_shoot
from webapp.mail.domain.references import OPT_OUT, ReferenceMaker
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import Suppression
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM

LETTERS = 1200


def fates(shoot_id: int) -> dict[tuple[str, str | None], int]:
    """Return letters by state and reason, counted from the rows."""
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.state, EmailLog.reason, func.count())
        .where(EmailLog.shoot_id == shoot_id)
        .group_by(EmailLog.state, EmailLog.reason)
    )
    return {(state, reason): count for state, reason, count in rows}


def click(machinery: Machinery, shoot_id: int, seq: int) -> tuple[int, str | None]:
    """Post as a mailbox provider does when its user presses Unsubscribe; return status and Location."""
    keys = TokenKeys([machinery.environment["SECRET_KEY"]])
    token = ReferenceMaker(keys, OPT_OUT, shoot_id).make(seq)
    connection = HTTPConnection("127.0.0.1", machinery.web_port, timeout=10)
    connection.request(
        "POST",
        f"/opt-out/{token}/one-click",
        body="List-Unsubscribe=One-Click",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    answer = connection.getresponse()
    connection.close()
    return answer.status, answer.getheader("Location")


def test_who_says_stop_in_mid_shoot_is_left_out(database: Session, machinery: Machinery) -> None:
    event = factories.make_event()
    people = factories.make_people(event, LETTERS)
    shoot_id = factories.make_shoot(event)
    prepare_shoot(shoot_id)
    pause_shoot(scope=SYSTEM, shoot_id=shoot_id)
    machinery.start_web()
    assert click(machinery, shoot_id, 700) == (200, None)
    assert click(machinery, shoot_id, 1100) == (200, None)
    suppressed = db.session.scalars(
        select(EmailLog.address).where(EmailLog.shoot_id == shoot_id, EmailLog.seq == 5)
    ).one()
    with transaction() as session:
        session.add(Suppression(address=suppressed, reason="manual"))
    assert fates(shoot_id) == {("pending", None): len(people)}

    machinery.start_sink()
    machinery.start_worker("bulk")
    machinery.start_ticker()
    resume_shoot(scope=SYSTEM, shoot_id=shoot_id)

    def is_completed() -> bool:
        db.session.rollback()
        return db.session.scalars(select(Shoot.state).where(Shoot.id == shoot_id)).one() == "completed"

    wait_until(is_completed, seconds=60, every=0.2, what="the shoot to be completed\n" + machinery.logs())
    assert fates(shoot_id) == {
        ("sent", None): LETTERS - 3,
        ("skipped", "opted_out"): 2,
        ("skipped", "suppressed"): 1,
    }
    skipped = db.session.scalars(
        select(EmailLog.seq).where(EmailLog.shoot_id == shoot_id, EmailLog.state == "skipped")
    ).all()
    assert sorted(skipped) == [5, 700, 1100]
    wait_until(lambda: machinery.inbox.count_accepted() >= LETTERS - 3, what="the sink to write what it took")
    assert machinery.inbox.count_accepted() == LETTERS - 3
