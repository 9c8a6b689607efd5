"""Two programmes with their people, and staff of every kind: whose is what."""

from flask import Flask
from sqlalchemy import select

from tests import factories
from tests.integration.web.visiting import Visitor
from webapp.core.audit import AuditEntry
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.models.opt_out import OptOut
from webapp.people.models.user import Role


class House:
    """Two programmes with two people each, and staff of every kind."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ours, self.theirs = (
            factories.make_programme(name="Ours"),
            factories.make_programme(name="Theirs"),
        )
        self.event = factories.make_event(self.ours, name="Our event")
        self.sister = factories.make_event(self.ours, name="Sister event")
        self.foreign = factories.make_event(self.theirs, name="Foreign event")
        self.anna = factories.make_person("anna@example.org", "Anna")
        self.bela = factories.make_person("bela@example.org", "Béla")
        factories.register(self.anna, self.event)
        factories.register(self.bela, self.foreign)

    def visit(self, role: Role) -> Visitor:
        user = factories.make_staff(role, programme=self.ours, event=self.event)
        return Visitor(self.app).sign_in(user.email)

    def wish(self, scope: str, person: object = None, **place: int) -> int:
        with transaction() as session:
            row = OptOut(person_id=(person or self.anna).id, scope=scope, source="page", **place)
            session.add(row)
        return row.id


def audit(subject_type: str) -> list[AuditEntry]:
    db.session.rollback()
    return list(
        db.session.scalars(
            select(AuditEntry).where(AuditEntry.subject_type == subject_type).order_by(AuditEntry.id)
        )
    )
