"""The list of addresses that nobody may write to; administrators add to it and remove from it."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.mail.actions.suppress import SuppressionReason, lift_suppression, suppress_address
from webapp.mail.queries.suppress import (
    PAGE_SIZE,
    get_suppression,
    may_see_suppressions,
    page_suppressions,
)
from webapp.web.forms.opt_outs import REASONS, SuppressForm
from webapp.web.staff.access import (
    StaffBlueprint,
    current_scope,
    require_administrator,
    staff_zone,
)
from webapp.web.staff.admin_base import put_error

blueprint: Blueprint = StaffBlueprint("suppressions", __name__, url_prefix="/suppressions")

LAST_PAGE = 10_000


@blueprint.before_request
def _for_whom() -> None:
    """Keep the pages from organizers, for whom they are not there."""
    if not may_see_suppressions(current_scope()):
        raise NotFoundError("There is nothing here, or it is not yours to see.")


@blueprint.get("/")
def index() -> str:
    """List suppressed addresses, the latest first: ``?search= &reason= &page=``."""
    scope = current_scope()
    text = request.args.get("search", "").replace("\x00", "").strip()[:200]
    reason = request.args.get("reason", "")
    reason = reason if reason in set(SuppressionReason) else ""
    number = min(max(request.args.get("page", 0, type=int), 0), LAST_PAGE)
    rows = page_suppressions(scope, text=text, reason=reason, offset=number * PAGE_SIZE, limit=PAGE_SIZE + 1)
    kept: dict[str, Any] = {"search": text or None, "reason": reason or None}
    return render_template(
        "staff/suppressions/index.html",
        rows=rows[:PAGE_SIZE],
        words={reason.value: words for reason, words in REASONS.items()},
        text=text,
        reason=reason,
        scope=scope,
        previous_url=url_for(".index", page=number - 1 or None, **kept) if number else None,
        next_url=url_for(".index", page=number + 1, **kept) if len(rows) > PAGE_SIZE else None,
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask for an address and why, and suppress it."""
    require_administrator()
    form = SuppressForm()
    if form.validate_on_submit():
        try:
            address = suppress_address(
                scope=current_scope(),
                address=form.address.data,
                reason=SuppressionReason(form.reason.data),
                detail=form.detail.data or "",
                until=_end_of(form.until.data),
                now=now(),
            )
            flash(f"Nobody writes to {address} from now on.", "success")
            return redirect(url_for(".index"))
        except StaffError as error:
            put_error(form, error)
    page = render_template("staff/suppressions/new.html", form=form, zone=staff_zone())
    return (page, 422) if request.method == "POST" else page


@blueprint.post("/remove")
def remove() -> ResponseReturnValue:
    """Lift a suppression, after having asked."""
    require_administrator()
    address = request.form.get("address", "").replace("\x00", "")
    row = get_suppression(address)
    if "confirmed" not in request.form:
        return render_template("staff/suppressions/remove.html", row=row)
    lift_suppression(scope=current_scope(), address=address)
    flash(f"{address} can be written to again.", "success")
    return redirect(url_for(".index"))


def _end_of(day: date | None) -> datetime | None:
    """Return the end of a day in the zone of the person at the screen, or None for no day."""
    if day is None:
        return None
    try:
        zone = ZoneInfo(staff_zone())
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return datetime.combine(day, time.max, zone)
