"""Stop all letters of everybody, and let them go again."""

import structlog

from webapp.core.audit import record
from webapp.core.errors import ConflictError, ForbiddenError, StaffError
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.domain.states import Lane
from webapp.mail.domain.stop_all import REASON_LIMIT, may_stop_all
from webapp.mail.queries.stop_all import find_last_stops, find_stop, get_stop, insert_stop, lift_stop
from webapp.people.domain.scope import Scope

log = structlog.get_logger()


def _ask(scope: Scope) -> None:
    if not may_stop_all(scope):
        raise ForbiddenError("Only administrators and support stop all letters, or let them go again.")


def stop_all(*, scope: Scope, reason: str) -> int:
    """Hand no letter over any more, in no lane, until somebody lifts it; what is in flight is settled.

    Freezing, imports and decisions go on; their letters wait.

    Args:
        scope: who throws the switch.
        reason: why; everybody on the staff side reads it on every page.

    Returns:
        The id of this throw of the switch.

    Raises:
        ForbiddenError: it is not theirs to throw.
        StaffError: no reason was given, or a very long one.
        ConflictError: it is on already; the sentence says who was first, and why.
    """
    _ask(scope)
    reason = " ".join(reason.split())
    if not reason:
        raise StaffError("Say why, so that everybody knows and somebody can lift it.", field="reason")
    if len(reason) > REASON_LIMIT:
        raise StaffError(f"Say it in {REASON_LIMIT} characters.", field="reason")
    with transaction():
        stop_id = insert_stop(reason, scope.user_id)
        if stop_id is None:
            first = find_stop() or find_last_stops(1)[0]  # or it was lifted since
            raise ConflictError(f"{first.who} was first: all letters are stopped already. “{first.reason}”")
        record("letters.stopped", "stop_all", stop_id, actor_id=scope.user_id)
    log.warning("all letters stopped", stop=stop_id)
    return stop_id


def lift_stop_all(*, scope: Scope, stop_id: int | None = None) -> int:
    """Let letters go again; what waited goes on by itself.

    Args:
        scope: who lifts it.
        stop_id: the throw of the switch that they saw, so that a later one of somebody else stays; None is
            whichever holds.

    Returns:
        The id of the throw that was lifted.

    Raises:
        ForbiddenError: it is not theirs to lift.
        ConflictError: it is not on, or not by that throw; the sentence says how things stand.
    """
    _ask(scope)
    with transaction():
        lifted = lift_stop(stop_id, scope.user_id)
        if lifted is None:
            raise ConflictError(_why_not(stop_id))
        record("letters.let_go", "stop_all", lifted, actor_id=scope.user_id)
        for lane in Lane:
            wake(lane)
    log.warning("all letters let go", stop=lifted)
    return lifted


def _why_not(stop_id: int | None) -> str:
    """Return why there was nothing to lift."""
    holds = find_stop()
    if holds is not None:
        return f"{holds.who} has stopped all letters anew since you looked: “{holds.reason}” Look once more."
    seen = get_stop(stop_id) if stop_id is not None else None
    if seen is not None:
        return f"{seen.lifted_by or 'Whoever runs Postroom'} was first: letters go out again."
    return "Letters are not stopped."
