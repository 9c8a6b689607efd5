"""What is refused before anything is queued, and what a letter keeps of itself."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from webapp.core.clock import now
from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.mail.actions.compose_versions import keep_version
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role

EVERYBODY = Audience((Choice("registered"),))
CONSTANTS = {"programme.postal_address": "1 Main Street"}


def count_shoots(database: Session) -> int:
    return database.scalar(select(func.count()).select_from(Shoot)) or 0


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scheduled_at": now() - timedelta(hours=2)}, "at"),
        ({"shown_count": 3}, "audience"),
        ({"sender_id": 0}, "sender"),
        ({"audience": Audience()}, "audience"),
    ],
)
def test_a_sending_that_cannot_be_is_refused_whole(
    database: Session, change: dict[str, object], field: str
) -> None:
    event = factories.make_event()
    factories.make_people(event, 2)
    letter_id = factories.make_letter(event)
    values = {"audience": EVERYBODY, "sender_id": factories.make_sender().id, **change}
    with pytest.raises(StaffError) as refused:
        schedule_shoot(
            scope=SYSTEM, letter_id=letter_id, sending=Sending(**values), constants=CONSTANTS, now=now()
        )
    assert refused.value.field == field
    assert count_shoots(database) == 0


def test_nobody_and_no_postal_address_are_refused(database: Session) -> None:
    event = factories.make_event()
    sending = Sending(EVERYBODY, factories.make_sender().id)
    letter_id = factories.make_letter(event)
    with pytest.raises(StaffError, match="Nobody would get"):
        schedule_shoot(scope=SYSTEM, letter_id=letter_id, sending=sending, constants=CONSTANTS, now=now())
    factories.make_people(event, 1)
    with pytest.raises(StaffError, match="postal address"):
        schedule_shoot(scope=SYSTEM, letter_id=letter_id, sending=sending, constants={}, now=now())
    assert count_shoots(database) == 0


def test_the_number_is_asked_for_above_five_hundred(database: Session) -> None:
    event = factories.make_event()
    factories.make_people(event, 501)
    letter_id = factories.make_letter(event)
    sender_id = factories.make_sender().id
    untyped = Sending(EVERYBODY, sender_id, shown_count=501)
    with pytest.raises(StaffError) as refused:
        schedule_shoot(scope=SYSTEM, letter_id=letter_id, sending=untyped, constants=CONSTANTS, now=now())
    assert refused.value.field == "typed_count"
    typed = Sending(EVERYBODY, sender_id, shown_count=501, typed_count=501)
    schedule_shoot(scope=SYSTEM, letter_id=letter_id, sending=typed, constants=CONSTANTS, now=now())
    assert count_shoots(database) == 1


def test_writing_is_not_sending_and_nothing_is_sent_twice(database: Session) -> None:
    event = factories.make_event()
    factories.make_people(event, 2)
    writer = factories.scope_of(factories.make_staff(Role.ORGANIZER, event=event, may_send=False))
    letter_id = factories.make_letter(event, scope=writer)
    sending = Sending(EVERYBODY, factories.make_sender().id)
    with pytest.raises(ForbiddenError):
        schedule_shoot(scope=writer, letter_id=letter_id, sending=sending, constants=CONSTANTS, now=now())
    schedule_shoot(scope=SYSTEM, letter_id=letter_id, sending=sending, constants=CONSTANTS, now=now())
    with pytest.raises(ConflictError):
        schedule_shoot(scope=SYSTEM, letter_id=letter_id, sending=sending, constants=CONSTANTS, now=now())
    assert count_shoots(database) == 1


def test_equal_words_are_kept_once(database: Session) -> None:
    letter_id = factories.make_letter(factories.make_event())
    first = keep_version(scope=SYSTEM, letter_id=letter_id)
    assert keep_version(scope=SYSTEM, letter_id=letter_id) == first
    assert database.scalar(select(func.count()).select_from(LetterVersion)) == 1
