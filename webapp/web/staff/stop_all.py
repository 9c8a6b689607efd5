"""The switch that stops all letters: its page, and what every page says while it is on."""

import structlog
from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from webapp.core.database import db
from webapp.core.errors import ConflictError, StaffError
from webapp.mail.actions.stop_all import lift_stop_all, stop_all
from webapp.mail.domain.stop_all import REASON_LIMIT, Stop, may_stop_all
from webapp.mail.queries.stop_all import count_under_way, find_last_stops, find_stop
from webapp.web.staff.access import StaffBlueprint, current_scope

blueprint = StaffBlueprint("stop_all", __name__, url_prefix="/stop-all")
log = structlog.get_logger()

SHOWN = 10  # earlier throws of the switch


@blueprint.app_template_global("stop_in_force")
def stop_in_force() -> Stop | None:
    """Return the throw of the switch that holds now, asked once a request; an error page goes without."""
    if "stop_in_force" not in g:
        try:
            g.stop_in_force = find_stop()
        except SQLAlchemyError as error:
            log.warning("nobody knows whether letters are stopped", error=type(error).__name__)
            db.session.rollback()
            g.stop_in_force = None
    stop: Stop | None = g.stop_in_force
    return stop


@blueprint.app_template_global("may_stop_all")
def may_throw() -> bool:
    """Say whether the person at the screen may throw and lift the switch."""
    return may_stop_all(current_scope())


@blueprint.get("/")
def show() -> str:
    """Show whether letters are stopped, what stopping them would hold back, and when it was done before."""
    return _page()


def _page(refused: StaffError | None = None) -> str:
    shoots, letters = count_under_way()
    return render_template(
        "staff/stop_all/show.html",
        stop=stop_in_force(),
        shoots=shoots,
        letters=letters,
        earlier=[stop for stop in find_last_stops(SHOWN + 1) if stop.lifted_at is not None][:SHOWN],
        limit=REASON_LIMIT,
        given=request.form.get("reason", ""),
        refused=refused,
    )


@blueprint.post("/")
def throw() -> ResponseReturnValue:
    """Stop all letters."""
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        stop_all(scope=current_scope(), reason=reason)
    except ConflictError as error:
        flash(error.message, "warning")
        return redirect(url_for(".show"), 303)
    except StaffError as error:
        return _page(error), 422
    flash("All letters are stopped. What was in flight is settled within seconds; all else waits.", "success")
    return redirect(url_for(".show"), 303)


@blueprint.post("/lift")
def lift() -> ResponseReturnValue:
    """Let letters go again."""
    seen = request.form.get("stop_id", type=int)
    try:
        lift_stop_all(scope=current_scope(), stop_id=seen)
        flash("Letters go out again. What waited goes on by itself.", "success")
    except ConflictError as error:
        flash(error.message, "warning")
    return redirect(url_for(".show"), 303)
