"""Fault 7: Send is clicked in several tabs at the same instant."""

import threading
from concurrent.futures import ThreadPoolExecutor

from tests import factories
from tests.faults.fault import Bounds, register_fault
from tests.faults.visitor import HttpVisitor
from tests.faults.world import World
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.letter import Letter
from webapp.mail.models.shoot import Shoot

TABS = 6


@register_fault("sent_twice", number=7, small=1000)
def send_twice(world: World) -> Bounds:
    """Post the same confirmed form from several tabs, each of its own session; one shoot comes of it."""
    world.audience = world.letters
    event = world.make_event()
    user = factories.make_staff()
    sender = factories.make_sender(programme_id=event.programme_id, event_id=event.id)
    letter_id = factories.make_letter(event, sender_id=sender.id)
    with transaction() as session:
        session.get_one(Letter, letter_id).audience = Audience((Choice("registered"),)).to_json()
    email = user.email
    world.machinery.start_web()
    world.play()
    world.start()
    start = threading.Barrier(TABS)

    def press(visitor: HttpVisitor) -> tuple[int, str]:
        start.wait(30)
        form = {"when": "now", "shown_count": str(world.letters), "typed_count": str(world.letters)}
        return visitor.submit(f"/letters/{letter_id}/send/", form, seen_at="/letters/new")

    visitors = [HttpVisitor(world.machinery.web_port).sign_in(email) for _ in range(TABS)]
    with ThreadPoolExecutor(TABS) as tabs:
        answers = sorted(tabs.map(press, visitors))
    statuses = [status for status, _ in answers]
    world.notes["statuses"] = statuses
    db.session.rollback()
    world.shoots = list(db.session.scalars(db.select(Shoot.id)))
    assert len(world.shoots) == 1, f"{len(world.shoots)} shoots of one letter: {answers[0]}"
    assert statuses == [302] + [409] * (TABS - 1), (
        f"one is told that it goes out, the others that it did: {statuses}"
    )
    world.finish()
    return Bounds(uncertain=0)
