"""Writes the letter of the bench and presses Send, as a page does."""

from bench.letter import SUBJECT, make_html, make_text
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.actions.compose import Draft, create_letter
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.actions.render import open_letter
from webapp.mail.actions.schedule import Sending, new_shoot, schedule_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.states import Lane, ShootKind
from webapp.mail.models.letter import Letter
from webapp.mail.models.sender import Sender
from webapp.mail.queries.letters import find_latest_version
from webapp.people.domain.scope import SYSTEM
from webapp.programme.queries.constants import letter_constants

Ids = tuple[int, int, int]
"""Of a programme, an event of it, and a sender."""


def write_letter(ids: Ids) -> int:
    """Write the letter of the bench and make it ready; return its id."""
    programme_id, event_id, _ = ids
    draft = Draft("Bench", SUBJECT, "", "simple", {"main": make_html()}, make_text(), "You registered.")
    letter_id = create_letter(
        scope=SYSTEM, programme_id=programme_id, event_id=event_id, draft=draft, now=now()
    )
    make_ready(scope=SYSTEM, letter_id=letter_id)
    return letter_id


def press_send(ids: Ids, letter_id: int) -> int:
    """Send a letter to everybody who is registered; return the shoot's id."""
    programme_id, event_id, sender_id = ids
    return schedule_shoot(
        scope=SYSTEM,
        letter_id=letter_id,
        sending=Sending(Audience((Choice("registered"),)), sender_id),
        constants=letter_constants(programme_id, event_id, "en"),
        now=now(),
    )


def send_shoot(ids: Ids) -> int:
    """Write the letter and press Send; return the shoot's id."""
    return press_send(ids, write_letter(ids))


def letter_size(ids: Ids, letter_id: int) -> int:
    """Return the bytes of one letter as it will go out."""
    letter, sender = db.session.get_one(Letter, letter_id), db.session.get_one(Sender, ids[2])
    version = find_latest_version(letter_id)
    assert version is not None
    shoot = new_shoot(
        version=version,
        letter=letter,
        sender=sender,
        kind=ShootKind.BULK,
        lane=Lane.BULK,
        audience=Audience((Choice("registered"),)),
        constants=letter_constants(ids[0], ids[1], "en"),
        author_id=None,
    )
    shoot.id, shoot.version, shoot.attachment_ids = 1, version, []
    values: list[str | None] = ["Zażółć Gęślą 17"] * len(shoot.fields)
    made = open_letter(shoot).build(
        seq=17, address="p17@example.org", name="Zażółć 17", values=values, date=now()
    )
    db.session.rollback()
    return len(made)
