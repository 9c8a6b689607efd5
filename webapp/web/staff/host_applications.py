"""Support's queue of applications to host: tabs by state, filters, search, and doing one thing to many."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, ForbiddenError, NotFoundError, StaffError
from webapp.programme.actions.host_triage import triage_many
from webapp.programme.domain.host_states import OPEN_STATES, HostState
from webapp.programme.models.host_application import HostApplication
from webapp.programme.queries.events import find_programmes
from webapp.programme.queries.host import (
    HostFilter,
    count_host_applications,
    page_host_applications,
)
from webapp.programme.queries.host_history import find_staff_names
from webapp.programme.queries.triage_actions import TRIAGE_ACTIONS, Actor, TriageAction
from webapp.web.formats import plural
from webapp.web.forms.choices import read_id
from webapp.web.forms.host_triage import RejectHostForm
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_base import put_error
from webapp.web.states import Badge

blueprint = StaffBlueprint("host_applications", __name__, url_prefix="/host-applications")

STATES = {
    HostState.NEW: Badge("New", "busy", "inbox", "Nobody has looked at it yet."),
    HostState.IN_REVIEW: Badge("In review", "busy", "eye", "Somebody looks at it."),
    HostState.ON_HOLD: Badge(
        "On hold", "warn", "pause", "It waits for something; the comment says for what."
    ),
    HostState.ACCEPTED: Badge("Accepted", "good", "check", "Its event is there."),
    HostState.REJECTED: Badge("Rejected", "quiet", "close"),
    HostState.WITHDRAWN: Badge("Withdrawn", "quiet", "minus", "The organizers took it back."),
}
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "open": ("To decide", tuple(OPEN_STATES)),
    **{state.value: (badge.label, (state.value,)) for state, badge in STATES.items()},
    "all": ("All", tuple(HostState)),
}
MOST = 200  # rows that one deed is done to


def require_supporter() -> None:
    """Refuse whoever sees no programme whole: applications to host are no organizer's business.

    Raises:
        ForbiddenError: they are an organizer.
    """
    scope = current_scope()
    if not (scope.is_administrator or scope.programme_ids):
        raise ForbiddenError("Applications to host are for the programme's support.")


blueprint.before_request(require_supporter)


@blueprint.get("")
def index() -> str:
    """List applications, the latest first: ``?state= &search= &programme= &assigned= &waiting= &before=``."""
    scope, at = current_scope(), now()
    tab = request.args.get("state", "open")
    tab = tab if tab in TABS else "open"
    wanted = _read_filter(tab)
    before = read_id(request.args.get("before", ""))
    page = page_host_applications(scope, wanted, now=at, before=before)
    counts = count_host_applications(scope, wanted, now=at)
    programmes = {one.id: one for one in find_programmes(scope)}
    kept: dict[str, Any] = {
        "search": wanted.words or None,
        "programme": wanted.programme_id,
        "assigned": request.args.get("assigned") if wanted.assigned_to_id is not None else None,
        "waiting": 1 if wanted.is_waiting else None,
    }
    tabs = [
        (name, url_for(".index", state=key, **kept), sum(counts[state] for state in states))
        for key, (name, states) in TABS.items()
    ]
    return render_template(
        "staff/host/index.html",
        rows=page.rows,
        tabs=tabs,
        tab=tab,
        tab_name=TABS[tab][0],
        wanted=wanted,
        kept=kept,
        states=STATES,
        programmes=programmes,
        late=_late(page.rows, {one.id: one.waiting_days for one in programmes.values()}),
        names=find_staff_names({row.assigned_to_id for row in page.rows}),
        actions=[one for one in _bulk_actions() if one.sources & set(TABS[tab][1])],
        first_url=url_for(".index", state=tab, **kept) if before else None,
        next_url=url_for(".index", state=tab, before=page.next_before, **kept) if page.next_before else None,
    )


@blueprint.get("/many")
def many() -> ResponseReturnValue:
    """Show what doing one thing to the ticked ones would do, before anything is done: ``?rowid=… &action=``."""
    ids = _read_ids(request.args.getlist("rowid"))
    action = request.args.get("action", "")
    if not ids or action not in _bulk_names():
        flash("Tick some applications first, then choose what to do with them.", "info")
        return redirect(url_for(".index"))
    return _many_page(ids, TRIAGE_ACTIONS.get(action), RejectHostForm(formdata=None))


@blueprint.post("/many")
def do_many() -> ResponseReturnValue:
    """Do one thing to the ticked ones that it can be done to."""
    ids = _read_ids(request.form.getlist("rowid"))
    action = request.form.get("action", "")
    if not ids or action not in _bulk_names():
        flash("Tick some applications first, then choose what to do with them.", "info")
        return redirect(url_for(".index"), 303)
    wanted, form = TRIAGE_ACTIONS.get(action), RejectHostForm()
    if not form.validate():
        return _many_page(ids, wanted, form), 422
    try:
        result = triage_many(
            scope=current_scope(),
            application_ids=ids,
            action=action,
            comment=form.comment.data or "",
            now=now(),
            note=form.note.data or "",
        )
    except ConflictError as error:
        flash(f"{error.message} Nothing was done.", "warning")
        return redirect(url_for(".index"), 303)
    except StaffError as error:
        put_error(form, error)
        return _many_page(ids, wanted, form), 422
    flash(f"{plural(len(result.done), 'application')} {wanted.done}.", "success")
    if result.skipped:
        flash("Left out: " + " ".join(one.reason for one in result.skipped), "warning")
    return redirect(url_for(".index", state=wanted.target.value), 303)


def _many_page(ids: Collection[int], wanted: TriageAction, form: RejectHostForm) -> str:
    """Return the page that says to which ones it would be done, and to which not and why."""
    plan = triage_many(
        scope=current_scope(), application_ids=ids, action=wanted.name, now=now(), dry_run=True
    )
    return render_template(
        "staff/host/many.html",
        plan=plan,
        wanted=wanted,
        form=form,
        ids=[one.application_id for one in plan.done],
    )


def _bulk_actions() -> list[TriageAction]:
    """Return what support may do to many at once."""
    return [one for _, one in TRIAGE_ACTIONS.items() if one.is_for_many and Actor.SUPPORT in one.actors]


def _bulk_names() -> set[str]:
    return {one.name for one in _bulk_actions()}


def _read_ids(texts: list[str]) -> list[int]:
    """Return the ticked ids.

    Raises:
        NotFoundError: one of them is no number at all.
        StaffError: there are too many.
    """
    ids = [read_id(text) for text in texts]
    if None in ids:
        raise NotFoundError("There is no such application.")
    if len(ids) > MOST:
        raise StaffError(f"At most {MOST} applications at once.")
    return [one for one in ids if one is not None]


def _read_filter(tab: str) -> HostFilter:
    """Return what the address asks for."""
    whose = request.args.get("assigned", "")
    owners = {"me": current_scope().user_id, "nobody": 0}
    return HostFilter(
        states=TABS[tab][1],
        programme_id=read_id(request.args.get("programme", "")),
        words=request.args.get("search", "").replace("\x00", "").strip()[:200],
        assigned_to_id=owners.get(whose),
        is_waiting=request.args.get("waiting") == "1",
    )


def _late(rows: list[HostApplication], days: dict[int, int]) -> set[int]:
    """Return which of these have waited longer than their programme allows."""
    at = now()
    return {
        row.id
        for row in rows
        if row.state in OPEN_STATES and row.state_at + timedelta(days=days.get(row.programme_id, 14)) < at
    }
