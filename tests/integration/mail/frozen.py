"""Shoots whose audience is frozen and whose letters wait, and who may see them."""

from sqlalchemy import text

from tests import factories
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.people.domain.scope import Scope


def frozen_shoot(people: int, **draft: object) -> int:
    event = factories.make_event()
    factories.make_people(event, people, prefix=f"e{event.id}.")
    shoot_id = factories.make_shoot(event, **draft)
    prepare_shoot(shoot_id)
    return shoot_id


def organizer_of(shoot_id: int) -> Scope:
    event_id = db.session.scalar(text("SELECT event_id FROM shoots WHERE id = :id"), {"id": shoot_id})
    return Scope(user_id=4711, event_ids=frozenset({event_id}))


STRANGER = Scope(user_id=4712, event_ids=frozenset({999_999}))
