"""Concern: letters that the other side refused for good; the address is wrong, or gone."""

from datetime import datetime

from webapp.mail.domain.report_words import explain_reply
from webapp.mail.domain.states import EmailState, FailReason
from webapp.mail.queries.report_list import LOOK_BACK
from webapp.mail.queries.troubles import Trouble, TroubledShoot, find_troubles
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope

REFUSED = Trouble(EmailState.FAILED, FailReason.ADDRESS)


@register_concern
class Bounced(ConcernKind):
    """Letters refused for good that nobody has sent again; one is named, several are counted."""

    name = "bounced"
    label = "Came back"
    rank = 20

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the latest shoots with such letters."""
        found = find_troubles(scope, REFUSED, now - LOOK_BACK, limit)
        return Found(
            tuple(map(_concern, found.shoots)),
            found.shoot_count,
            Way("log.index", {"state": EmailState.FAILED, "reason": FailReason.ADDRESS}),
        )


def _concern(shoot: TroubledShoot) -> Concern:
    place = {"programme_id": shoot.programme_id, "event_id": shoot.event_id}
    letter = shoot.letter
    if letter is None:
        about: dict[str, int | str] = {
            "shoot": shoot.shoot_id,
            "state": EmailState.FAILED,
            "reason": FailReason.ADDRESS,
        }
        words = f"{shoot.letter_count} letters were refused by their readers’ mail servers."
        return Concern(
            shoot.subject, words, "See which", Way("log.index", about), since=shoot.created_at, **place
        )
    reader = letter.name or letter.address or f"Person {letter.person_id}"
    at = Way("log.show", {"shoot_id": letter.shoot_id, "seq": letter.seq})
    if letter.current_address != letter.address:
        words = f"“{shoot.subject}” came back. Their address has been corrected since."
        return Concern(reader, words, "Send it again", at, since=letter.settled_at, **place)
    said = explain_reply(letter.detail or "") or "Their mail server refused it."
    words = f"“{shoot.subject}” to {letter.address} came back. {said}"
    if not letter.is_known:
        return Concern(reader, words, "See the letter", at, since=letter.settled_at, **place)
    form = Way("person.edit_view", {"id": letter.person_id}, then=at)
    return Concern(reader, words, "Correct the address", form, since=letter.settled_at, **place)
