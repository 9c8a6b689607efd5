"""Concern: shoots that a guard stopped, or whose time passed while nothing could send them."""

from datetime import datetime

from webapp.mail.domain.states import ShootState
from webapp.mail.queries.waiting_shoots import StoppedShoot, find_stopped
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope


@register_concern
class Stopped(ConcernKind):
    """Shoots that go on only if somebody says so."""

    name = "stopped"
    label = "Stopped"
    rank = 10

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the latest of them."""
        shoots = find_stopped(scope, limit)
        return Found(
            tuple(map(_concern, shoots)),
            shoots[0].count if shoots else 0,
            Way("shoots.index", {"state": shoots[0].state}) if shoots else None,
        )


def _concern(shoot: StoppedShoot) -> Concern:
    is_missed = shoot.state == ShootState.MISSED
    words = "Its time passed while nothing could send. It goes out only if you say so."
    return Concern(
        title=shoot.subject,
        words=words if is_missed else shoot.state_reason or "A guard stopped it.",
        action="Decide" if is_missed else "See why",
        way=Way("shoots.show", {"shoot_id": shoot.shoot_id}),
        programme_id=shoot.programme_id,
        event_id=shoot.event_id,
        since=shoot.at,
    )
