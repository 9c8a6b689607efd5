"""A shoot from freezing to completion, with real workers and a real SMTP conversation."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot, ShootTally


def counts(shoot_id: int) -> dict[str, int]:
    """Return letters by state, counted from the rows."""
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.state, func.count()).where(EmailLog.shoot_id == shoot_id).group_by(EmailLog.state)
    ).all()
    return {str(row[0]): int(row[1]) for row in rows}


def tallies(shoot_id: int) -> dict[str, int]:
    """Return letters by state, from the tallies."""
    db.session.rollback()
    rows = db.session.execute(
        select(ShootTally.state, func.sum(ShootTally.letter_count))
        .where(ShootTally.shoot_id == shoot_id)
        .group_by(ShootTally.state)
    ).all()
    return {state: int(count) for state, count in rows if count}


def state(shoot_id: int) -> str:
    """Return a shoot's state as it is stored."""
    db.session.rollback()
    return db.session.scalars(select(Shoot.state).where(Shoot.id == shoot_id)).one()


def test_freezing_writes_a_row_for_everybody_and_the_tallies_agree(database: Session) -> None:
    event = factories.make_event()
    factories.make_people(event, 2500)
    nobody = factories.make_person(None, "Without address")
    factories.register(nobody, event)
    shoot_id = factories.make_shoot(event)
    prepare_shoot(shoot_id)
    assert state(shoot_id) == "sending"
    assert counts(shoot_id) == {"pending": 2500, "skipped": 1}
    assert tallies(shoot_id) == counts(shoot_id)
    prepare_shoot(shoot_id)
    assert counts(shoot_id) == {"pending": 2500, "skipped": 1}


def test_a_shoot_is_delivered_and_stays_open_while_one_letter_is_put_off(
    database: Session, machinery: Machinery
) -> None:
    event = factories.make_event()
    factories.make_people(event, 1200)
    for address in ("bounce+a@example.org", "lost+a@example.org", "soft+a@example.org"):
        factories.register(factories.make_person(address), event)
    shoot_id = factories.make_shoot(event)
    machinery.start_sink()
    machinery.start_worker("bulk")
    machinery.start_ticker()
    wait_until(lambda: counts(shoot_id).get("sent", 0) == 1200, seconds=40, what="1,200 letters to be sent")
    wait_until(lambda: "sending" not in counts(shoot_id), what="the last answers")
    assert counts(shoot_id) == {"sent": 1200, "failed": 1, "uncertain": 1, "deferred": 1}
    assert tallies(shoot_id) == counts(shoot_id)
    wait_until(lambda: machinery.inbox.count_accepted() >= 1200, what="the sink to have written all")
    assert state(shoot_id) == "sending"
