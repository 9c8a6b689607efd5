"""An event with a letter whose rows are written, and what its links have stored."""

from flask import Flask
from sqlalchemy import func, select

from tests import factories
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.references import OPT_OUT, ReferenceMaker
from webapp.mail.domain.states import ShootKind, SkipReason
from webapp.mail.models.email_log import EmailEvent, EmailLog
from webapp.mail.models.opt_out import OptOut
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.audience import count_audience
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.person import Person
from webapp.programme.models.programme import Event

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Desk:
    """One event with a letter of which the rows are written."""

    def __init__(self, app: Flask, people: int = 3) -> None:
        self.app = app
        programme = factories.make_programme(name="Django Girls", support_email="help@example.org")
        self.event = factories.make_event(programme, name="Django Girls Kraków")
        self.other_event = factories.make_event(programme, name="Django Girls Łódź")
        self.zofia = factories.make_person("zofia.nowak@example.org", "Zofia Secretname")
        for event in (self.event, self.other_event):
            factories.register(self.zofia, event)
        factories.make_people(self.event, people - 1)
        self.shoot_id = self.send(self.event)

    def send(self, event: Event) -> int:
        shoot_id = factories.make_shoot(event)
        prepare_shoot(shoot_id)
        return shoot_id

    def token(self, shoot_id: int | None = None, purpose: str = OPT_OUT, person: Person | None = None) -> str:
        shoot_id = shoot_id or self.shoot_id
        db.session.rollback()
        seq = db.session.scalars(
            select(EmailLog.seq).where(
                EmailLog.shoot_id == shoot_id, EmailLog.person_id == (person or self.zofia).id
            )
        ).one()
        return ReferenceMaker(self.app.extensions["tokens"], purpose, shoot_id).make(seq)

    def skipped(self, event: Event) -> int:
        """Return how many of an event the next shoot would leave out because they said stop."""
        db.session.rollback()
        place = Place(SYSTEM, event.programme_id, event.id)
        count = count_audience(Audience((Choice("registered"),)), place, kind=ShootKind.BULK)
        return count.skipped.get(SkipReason.OPTED_OUT, 0)


def rows() -> dict[str, int]:
    """Return how many rows every table has that an opt-out could touch."""
    db.session.rollback()
    return {
        model.__tablename__: db.session.scalar(select(func.count()).select_from(model)) or 0
        for model in (OptOut, EmailEvent, EmailLog, AuditEntry, Person, Shoot)
    }


def stored() -> list[tuple[str, int | None, int | None, str]]:
    db.session.rollback()
    return [
        (wish.scope, wish.programme_id, wish.event_id, wish.source)
        for wish in db.session.scalars(select(OptOut).order_by(OptOut.id))
    ]
