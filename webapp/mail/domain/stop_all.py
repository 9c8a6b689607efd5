"""Who may throw the switch that stops all letters, and what a throw of it is to those who read about it."""

from dataclasses import dataclass
from datetime import datetime

from webapp.people.domain.scope import Scope

REASON_LIMIT = 300  # characters: it stands in a banner on every page


@dataclass(frozen=True, slots=True)
class Stop:
    """One throw of the switch.

    Args:
        stop_id: its row.
        reason: why, in the words of whoever threw it.
        at: when.
        by: their name; "" for whoever runs Postroom.
        lifted_at: when it was lifted; None while it holds.
        lifted_by: the name of whoever lifted it.
    """

    stop_id: int
    reason: str
    at: datetime
    by: str
    lifted_at: datetime | None = None
    lifted_by: str = ""

    @property
    def who(self) -> str:
        """Return who threw it, for the beginning of a sentence."""
        return self.by or "Whoever runs Postroom"


def may_stop_all(scope: Scope) -> bool:
    """Say whether somebody may stop all letters and let them go again: administrators and support."""
    return scope.is_administrator or bool(scope.programme_ids)
