"""What can be decided about a shoot whose first letters went alone: go on now, or stop there."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import ConflictError
from webapp.mail.actions.schedule_brakes import go_on_now, stop_here
from webapp.mail.queries.schedule import get_shoot
from webapp.web.staff.access import StaffBlueprint, current_scope

ID = "<int(max=9223372036854775807):shoot_id>"
blueprint = StaffBlueprint("shoots_canary", __name__, url_prefix=f"/shoots/{ID}/canary")


def _decide(shoot_id: int, deed: Callable[..., None], words: str) -> ResponseReturnValue:
    """Do it, say what came of it, and go back to the shoot's page."""
    scope = current_scope()
    get_shoot(scope, shoot_id)  # who may not see it is told nothing, not even that it is in a state
    try:
        deed(scope=scope, shoot_id=shoot_id)
        flash(words, "success")
    except ConflictError as error:
        flash(error.message, "error")
    return redirect(url_for("shoots.show", shoot_id=shoot_id), 303)


@blueprint.post("/go-on")
def go_on(shoot_id: int) -> ResponseReturnValue:
    """Send the rest without waiting any longer."""
    return _decide(shoot_id, go_on_now, "The rest is on its way.")


@blueprint.post("/stop-here")
def stop(shoot_id: int) -> ResponseReturnValue:
    """Halt the shoot after its first letters."""
    return _decide(shoot_id, stop_here, "Stopped there. Resume it, or cancel the rest.")
