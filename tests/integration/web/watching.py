"""What tests of watching look at: an event with a shoot of six letters, another event, and those who watch."""

import re
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests import factories
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role


class Watch:
    """An event with a shoot of six letters, another event, and those who watch."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        programme = factories.make_programme(name="Code Circle")
        self.event = factories.make_event(programme, name="Code Circle Kraków")
        self.other_event = factories.make_event(programme, name="Code Circle Łódź")
        factories.make_people(self.event, 6)
        factories.register(factories.make_person("one@example.org", "Only One"), self.other_event)
        self.sender = factories.make_sender()
        self.shoot_id = factories.make_shoot(self.event, sender=self.sender)
        prepare_shoot(self.shoot_id)
        self.foreign_id = factories.make_shoot(self.other_event)
        prepare_shoot(self.foreign_id)

    def visitor(self, role: Role = Role.ADMINISTRATOR, *, may_send: bool = True) -> Visitor:
        user = factories.make_staff(role, event=self.event, may_send=may_send)
        return Visitor(self.app).sign_in(user.email)

    def page(self, deed: str = "") -> str:
        return f"/shoots/{self.shoot_id}{deed}"

    def state(self, shoot_id: int | None = None) -> str:
        db.session.rollback()
        return db.session.scalars(select(Shoot.state).where(Shoot.id == (shoot_id or self.shoot_id))).one()

    def schedule(self, hours: int = 24) -> int:
        letter_id = factories.make_letter(self.event)
        sending = Sending(
            Audience((Choice("registered"),)),
            self.sender.id,
            scheduled_at=now() + timedelta(hours=hours),
            timezone="America/Sao_Paulo",
        )
        constants = {"event.name": self.event.name, "programme.postal_address": "1 Main Street"}
        return schedule_shoot(
            scope=SYSTEM, letter_id=letter_id, sending=sending, constants=constants, now=now()
        )


def words(html: str) -> str:
    """Return what a reader reads, spaces made plain."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", re.sub(r"<[^>]+>", " ", html))
