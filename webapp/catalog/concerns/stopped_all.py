"""Concern: somebody stopped all letters, and nobody has lifted it yet."""

from datetime import datetime

from webapp.mail.queries.stop_all import find_stop
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope


@register_concern
class StoppedAll(ConcernKind):
    """The switch that stops all letters is on."""

    name = "stopped_all"
    label = "All letters stopped"
    rank = 2

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the throw of the switch that holds."""
        stop = find_stop()
        if stop is None:
            return Found()
        concern = Concern(
            title="No letter goes out",
            words=f"{stop.who} stopped all letters: {stop.reason}",
            action="See why",
            way=Way("stop_all.show"),
            since=stop.at,
        )
        return Found((concern,), 1)
