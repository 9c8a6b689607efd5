"""Measurement: how long a letter to oneself takes to the mail server while a shoot is under way."""

import time

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.pages import rank
from bench.send import Ids
from bench.shoot import Plan, Shooting
from bench.sinks import OwnSink, Server
from bench.staff import make_staff
from webapp.mail.actions.schedule import send_test
from webapp.mail.queries.letters import find_latest_version
from webapp.people.domain.scope import Scope
from webapp.people.models.user import Role
from webapp.people.queries.scope import get_scope
from webapp.programme.queries.constants import letter_constants

MYSELF = "impatient@example.org"
EVERY = 0.4  # seconds between two letters
LONGEST = 30.0  # seconds; a letter that takes longer counts as this much


class Impatient:
    """Somebody who sends letters to themselves, one after the other, and watches them arrive.

    Args:
        scope: theirs.
        ids: of programme, event and sender.
        letter_id: the letter, which has a version.
        sink: counts theirs apart.
    """

    def __init__(self, scope: Scope, ids: Ids, letter_id: int, sink: OwnSink) -> None:
        self._scope, self._ids, self._letter_id, self._sink = scope, ids, letter_id, sink
        version = find_latest_version(letter_id)
        assert version is not None
        self._version_id = version.id
        self._next_at = 0.0
        self.took: list[float] = []

    def send(self, _shoot_id: int) -> None:
        """Send one when it is time, and wait for it."""
        pressed = time.monotonic()
        if pressed < self._next_at:
            return
        before = self._sink.tally.watched
        send_test(
            scope=self._scope,
            letter_id=self._letter_id,
            version_id=self._version_id,
            sender_id=self._ids[2],
            constants=letter_constants(self._ids[0], self._ids[1], "en"),
        )
        while self._sink.tally.watched == before and time.monotonic() < pressed + LONGEST:
            time.sleep(0.002)
        arrived = self._sink.tally.watched > before
        self.took.append(self._sink.tally.watched_at - pressed if arrived else LONGEST)
        self._next_at = pressed + EVERY


@MEASURES.register("urgent")
def measure_urgent(run: Run) -> Figures:
    """Return the time that letters to oneself take, from pressing the button until the server has them."""
    user = make_staff(MYSELF, Role.ADMINISTRATOR, None)
    server = Server(is_own=True, watch=MYSELF)
    with Shooting(run, Plan(run.letters, server=server, event="urgent", has_urgent=True)) as shooting:
        assert isinstance(shooting.server, OwnSink)
        impatient = Impatient(get_scope(user), shooting.ids, shooting.letter_id, shooting.server)
        shot = shooting.send(impatient.send)
    took = impatient.took
    return {
        "letters": run.letters,
        "urgent_letters": len(took),
        "letters_per_second": round(shot.rate),
        "p50_seconds": round(rank(took, 0.5), 3),
        "p99_seconds": round(rank(took, 0.99), 3),
        "worst_seconds": round(max(took), 3),
    }
