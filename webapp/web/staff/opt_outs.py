"""The list of opt-outs, and entering or taking back one for somebody who told staff."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import ForbiddenError, StaffError
from webapp.mail.actions.opt_out import enter_opt_out, withdraw_opt_out
from webapp.mail.models.opt_out import OptOutScope
from webapp.mail.queries.opt_out import PAGE_SIZE, OptOutRow, get_opt_out, page_opt_outs
from webapp.mail.queries.suppress import may_see_suppressions
from webapp.web.forms.opt_outs import EnterOptOutForm, UndoOptOutForm
from webapp.web.forms.places import offer_places, read_place
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_base import put_error
from webapp.web.staff.place_names import PlaceNames

blueprint: Blueprint = StaffBlueprint("optouts", __name__, url_prefix="/opt-outs")

ID = "<int(max=9223372036854775807):opt_out_id>"  # what fits the column
SOURCES = {"page": "Link in a letter", "one_click": "One click in their mailbox", "staff": "Entered by staff"}
KINDS = {"event": "An event", "programme": "A programme", "all": "Everything"}


def place_words(row: OptOutRow, names: PlaceNames) -> str:
    """Return what a wish stops, in words."""
    name = names.of(row.programme_id, row.event_id)
    if row.scope == OptOutScope.EVENT:
        return name or "An event"
    if row.scope == OptOutScope.PROGRAMME:
        return f"Everything of {name or 'a programme'}"
    return "Everything that is not essential"


def _names(rows: list[OptOutRow]) -> PlaceNames:
    """Return the names of the places of some rows."""
    return PlaceNames((row.programme_id, row.event_id) for row in rows)


@blueprint.get("/")
def index() -> str:
    """List opt-outs, the latest first: ``?search= &kind= &before=``."""
    scope = current_scope()
    text = request.args.get("search", "").replace("\x00", "").strip()[:200]
    kind = request.args.get("kind", "")
    kind = kind if kind in KINDS else ""
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < 2**63 else None
    rows = page_opt_outs(scope, text=text, kind=kind, before_id=before, limit=PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    names = _names(shown)
    kept: dict[str, Any] = {"search": text or None, "kind": kind or None}
    return render_template(
        "staff/suppressions/opt_outs.html",
        rows=[(row, place_words(row, names), SOURCES.get(row.source, row.source)) for row in shown],
        text=text,
        kind=kind,
        kinds=KINDS,
        scope=scope,
        sees_suppressions=may_see_suppressions(scope),
        first_url=url_for(".index", **kept) if before else None,
        next_url=url_for(".index", before=shown[-1].id, **kept) if len(rows) > PAGE_SIZE else None,
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Ask for a wish that was said to staff, and store it."""
    scope = current_scope()
    form = EnterOptOutForm()
    form.place.choices = offer_places(scope, ("Everything", "Everything that is not essential"))
    if form.validate_on_submit():
        try:
            programme_id, event_id = read_place(scope, form.place.data)
            is_new = enter_opt_out(
                scope=scope,
                address=form.address.data,
                wish=OptOutScope(form.place.data.partition("-")[0]),
                programme_id=programme_id,
                event_id=event_id,
                reason=form.reason.data,
            )
            flash(
                "It is stored, and counts from now on." if is_new else "That was stored before already.",
                "success" if is_new else "info",
            )
            return redirect(url_for(".index"))
        except StaffError as error:
            put_error(form, error)
    page = render_template("staff/suppressions/enter.html", form=form)
    return (page, 422) if request.method == "POST" else page


@blueprint.route(f"/{ID}/undo", methods=["GET", "POST"])
def undo(opt_out_id: int) -> ResponseReturnValue:
    """Ask why a wish is taken back, and take it back."""
    scope = current_scope()
    row = get_opt_out(scope, opt_out_id)
    if not row.may_withdraw(scope):
        raise ForbiddenError(
            "This opt-out reaches beyond your events. The person can undo it with the link in any letter; else"
            " ask an administrator."
        )
    form = UndoOptOutForm()
    if form.validate_on_submit():
        try:
            withdraw_opt_out(scope=scope, opt_out_id=opt_out_id, reason=form.reason.data)
            flash("The opt-out was taken back. They get letters again from now on.", "success")
            return redirect(url_for(".index"))
        except StaffError as error:
            put_error(form, error)
    page = render_template(
        "staff/suppressions/undo.html",
        form=form,
        row=row,
        what=place_words(row, _names([row])),
        source=SOURCES.get(row.source, row.source),
    )
    return (page, 422) if request.method == "POST" else page
