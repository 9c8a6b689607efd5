"""The demo's data: whole, balanced, and loaded once."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.core.clock import now
from webapp.core.errors import StaffError
from webapp.demo.data.load import load_demo
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import Letter
from webapp.mail.models.shoot import Shoot, ShootTally
from webapp.people.models.person import Person


def test_the_demo_is_whole_and_balanced(database: Session) -> None:
    counted = load_demo(password_hash="x", now=now())
    assert counted["programmes"] == 2
    assert counted["events"] == 12
    assert 500 <= counted["people"] <= 620
    states = set(database.scalars(select(Shoot.state)))
    assert states >= {"completed", "cancelled", "skipped", "missed", "halted", "paused", "scheduled"}
    assert set(database.scalars(select(Letter.state))) >= {"draft", "ready", "sent"}
    rows = database.scalar(select(func.count()).select_from(EmailLog))
    assert rows == database.scalar(select(func.sum(ShootTally.letter_count)))
    assert set(database.scalars(select(EmailLog.state))) >= {
        "sent",
        "skipped",
        "failed",
        "cancelled",
        "pending",
    }
    assert database.scalar(select(Person.id).where(Person.name == "José García").limit(1)) is not None


def test_it_is_not_loaded_over_other_data(database: Session) -> None:
    load_demo(password_hash="x", now=now())
    with pytest.raises(StaffError, match="empty"):
        load_demo(password_hash="x", now=now())
