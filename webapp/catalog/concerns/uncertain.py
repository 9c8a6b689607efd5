"""Concern: letters of which nobody knows whether they arrived; they are never sent again by themselves."""

from datetime import datetime

from webapp.mail.domain.states import EmailState
from webapp.mail.queries.report_list import LOOK_BACK
from webapp.mail.queries.troubles import Trouble, TroubledShoot, find_troubles
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope

UNCERTAIN = Trouble(EmailState.UNCERTAIN)


@register_concern
class Uncertain(ConcernKind):
    """Letters handed over without an answer that nobody has sent again."""

    name = "uncertain"
    label = "Uncertain"
    rank = 22

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the latest shoots with such letters."""
        found = find_troubles(scope, UNCERTAIN, now - LOOK_BACK, limit)
        return Found(
            tuple(map(_concern, found.shoots)),
            found.shoot_count,
            Way("log.index", {"state": EmailState.UNCERTAIN}),
        )


def _concern(shoot: TroubledShoot) -> Concern:
    place = {"programme_id": shoot.programme_id, "event_id": shoot.event_id}
    letter = shoot.letter
    if letter is None:
        about: dict[str, int | str] = {"shoot": shoot.shoot_id, "state": EmailState.UNCERTAIN}
        words = (
            f"{shoot.letter_count} letters were handed over without an answer: perhaps there, perhaps not."
        )
        return Concern(
            shoot.subject, words, "See which", Way("log.index", about), since=shoot.created_at, **place
        )
    return Concern(
        title=letter.name or letter.address or f"Person {letter.person_id}",
        words=f"“{shoot.subject}” was handed over without an answer: perhaps it is there, perhaps not.",
        action="Decide",
        way=Way("log.show", {"shoot_id": letter.shoot_id, "seq": letter.seq}),
        since=letter.settled_at,
        **place,
    )
