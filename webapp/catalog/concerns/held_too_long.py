"""Concern: letters that are written and should have left, but wait for a gate or for nobody knows what."""

from datetime import datetime

from webapp.mail.domain.letter_roles import label_roles
from webapp.mail.queries.waiting_shoots import HeldBatch, find_held
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.programme.domain.batches import way_of_batch


@register_concern
class HeldTooLong(ConcernKind):
    """Held letters whose time is long over, by the deed that promised them."""

    name = "held_too_long"
    label = "Held too long"
    rank = 12

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the deeds whose letters wait, the one that waits longest first."""
        batches = find_held(scope, limit, is_late=True, now=now)
        return Found(
            tuple(_concern(scope, batch) for batch in batches),
            batches[0].count if batches else 0,
            Way("log.index", {"state": "pending"}),
        )


def _concern(scope: Scope, held: HeldBatch) -> Concern:
    count = "One letter" if held.letter_count == 1 else f"{held.letter_count} letters"
    if (held.gate or "").startswith("mailbox:"):
        words = f"{count} cannot leave: the event’s mailbox is not ready."
        action = "Send without it"
    elif held.gate:
        words, action = f"{count} cannot leave: what they wait for has not happened.", "Decide"
    else:
        words, action = f"{count} should have left by now. The ticker may have stopped.", "See why"
    return Concern(
        title=label_roles(held.causes),
        words=words,
        action=action,
        way=way_of_batch(scope, held.batch, held.shoot_id, held.programme_id, held.event_id),
        programme_id=held.programme_id,
        event_id=held.event_id,
        since=held.until or held.since,
    )
