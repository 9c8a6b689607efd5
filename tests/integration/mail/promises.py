"""What tests of the outbox begin with: a cause, somebody to write to, and what became of it."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import select

from tests import factories
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import (
    Addressee,
    Errand,
    Posted,
    post_letters,
)
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.models.person import Person

LATER = timedelta(minutes=10)


def constants(locale: str) -> Mapping[str, str]:
    """Return what is the same for all, with the language to be seen in it."""
    return {"event.name": f"Example in {locale}", "event.city": "Kraków", "programme.name": "Circle"}


def errand(role: str = "attend.rejected", **values: object) -> Errand:
    """Return a cause of letters without a place."""
    return Errand(**{"role": role, "programme_id": None, "event_id": None, "constants": constants, **values})


def to(person: Person, key: str = "", **values: object) -> Addressee:
    """Return a promised letter for somebody."""
    return Addressee(**{"person_id": person.id, "dedupe_key": key or f"test:{person.id}", **values})


def letter(key: str) -> EmailLog:
    """Return a letter as it is stored."""
    db.session.rollback()
    return db.session.scalars(select(EmailLog).where(EmailLog.dedupe_key == key)).one()


def shoots() -> list[Shoot]:
    """Return all shoots as they are stored."""
    db.session.rollback()
    return list(db.session.scalars(select(Shoot).order_by(Shoot.id)))


def post(cause: Errand, *addressees: Addressee) -> Posted:
    """Promise letters in a transaction of their own."""
    factories.make_sender()
    with transaction():
        return post_letters(cause, addressees)
