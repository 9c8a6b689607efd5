"""Concern: letters that failed for another reason than their address."""

from datetime import datetime

from webapp.mail.domain.report_words import reason_words
from webapp.mail.domain.states import EmailState, FailReason
from webapp.mail.queries.report_list import LOOK_BACK
from webapp.mail.queries.troubles import Trouble, TroubledShoot, find_troubles
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope

FAILED = Trouble(EmailState.FAILED, FailReason.ADDRESS, is_other_reason=True)


@register_concern
class Failed(ConcernKind):
    """Letters that could not be written or were given up, and that nobody has sent again."""

    name = "failed"
    label = "Failed"
    rank = 21

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the latest shoots with such letters."""
        found = find_troubles(scope, FAILED, now - LOOK_BACK, limit)
        return Found(
            tuple(map(_concern, found.shoots)),
            found.shoot_count,
            Way("log.index", {"state": EmailState.FAILED}),
        )


def _concern(shoot: TroubledShoot) -> Concern:
    place = {"programme_id": shoot.programme_id, "event_id": shoot.event_id}
    letter = shoot.letter
    if letter is None:
        about: dict[str, int | str] = {"shoot": shoot.shoot_id, "state": EmailState.FAILED}
        words = f"{shoot.letter_count} letters failed and were not sent again."
        return Concern(
            shoot.subject, words, "See which", Way("log.index", about), since=shoot.created_at, **place
        )
    why = reason_words(EmailState.FAILED, letter.reason) or "it could not be sent"
    return Concern(
        title=letter.name or letter.address or f"Person {letter.person_id}",
        words=f"“{shoot.subject}” did not leave: {why}.",
        action="Retry",
        way=Way("log.show", {"shoot_id": letter.shoot_id, "seq": letter.seq}),
        since=letter.settled_at,
        **place,
    )
