"""Staff's pages on newsletters: lists, who is on them, each person's ledger, imports, the other service."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.people.domain.scope import Scope
from webapp.programme.actions.newsletter_import import ImportResult, import_subscribers
from webapp.programme.actions.newsletter_lists import ListDetails, archive_list, change_list, create_list
from webapp.programme.actions.newsletter_remote import ask_for_sync, connect_list, disconnect_list
from webapp.programme.domain.subscription_states import RemoteState, SubscriptionState
from webapp.programme.models.newsletter import NewsletterList
from webapp.programme.queries.newsletter import (
    PAGE_SIZE,
    count_subscriptions,
    find_ledger,
    find_lists,
    find_subscription,
    get_list,
    page_subscriptions,
)
from webapp.programme.queries.places import find_programme_names
from webapp.web.forms.choices import locale_choices, programme_choices, read_id
from webapp.web.forms.newsletters import ImportProofForm, ListForm, NewListForm, RemoteForm
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_base import put_error
from webapp.web.states import Badge

blueprint: Blueprint = StaffBlueprint("newsletters", __name__, url_prefix="/newsletter-lists")

ID = "<int(max=9223372036854775807):list_id>"  # what fits the column
PERSON = "<int(max=9223372036854775807):person_id>"
STATES = {
    SubscriptionState.PENDING: Badge(
        "Not confirmed", "warn", "clock", "Nothing but the question is sent to them."
    ),
    SubscriptionState.SUBSCRIBED: Badge("Subscribed", "good", "check"),
    SubscriptionState.UNSUBSCRIBED: Badge("Left", "quiet", "mail-off", "Only they can come back."),
    SubscriptionState.BOUNCED: Badge("Bounced", "bad", "return"),
}
REMOTE = {
    RemoteState.OFF: Badge("Only here", "quiet", "minus"),
    RemoteState.IDLE: Badge("In step", "good", "check"),
    RemoteState.DUE: Badge("Waiting", "busy", "clock"),
    RemoteState.RUNNING: Badge("Syncing", "busy", "hourglass"),
    RemoteState.FAILED: Badge("Failed", "bad", "alert"),
}
DEEDS = {
    "asked": "Asked for it",
    "confirmed": "Confirmed",
    "imported": "Imported with proof",
    "withdrawn": "Said no",
}


@blueprint.before_request
def _for_whom() -> None:
    """Keep the pages from organizers, for whom they are not there."""
    scope = current_scope()
    if not (scope.is_administrator or scope.programme_ids):
        raise NotFoundError("There is nothing here, or it is not yours to see.")


@blueprint.get("/")
def index() -> str:
    """List the newsletters."""
    rows = find_lists(current_scope())
    return render_template(
        "staff/newsletters/index.html",
        rows=rows,
        counts=count_subscriptions([row.id for row in rows]),
        programmes=find_programme_names({row.programme_id for row in rows}),
        remote=REMOTE,
    )


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Begin a list."""
    scope, form = current_scope(), NewListForm()
    form.programme.choices = programme_choices(scope)
    form.locale.choices = locale_choices(form.locale.data)
    if form.validate_on_submit():
        try:
            programme_id = read_id(form.programme.data) or 0
            list_id = create_list(
                scope=scope, programme_id=programme_id, slug=form.slug.data or "", details=_details(form)
            )
            flash("The newsletter has begun.", "success")
            return redirect(url_for(".show", list_id=list_id))
        except StaffError as error:
            put_error(form, error)
    page = render_template("staff/newsletters/edit.html", form=form, list=None)
    return (page, 422) if request.method == "POST" else page


@blueprint.get(f"/{ID}")
def show(list_id: int) -> str:
    """Show a list with its people: ``?search= &state= &before=``."""
    return _page(get_list(current_scope(), list_id), RemoteForm(formdata=None))


@blueprint.route(f"/{ID}/edit", methods=["GET", "POST"])
def edit(list_id: int) -> ResponseReturnValue:
    """Change what is said of a list."""
    row = get_list(current_scope(), list_id)
    form = ListForm(obj=row)
    form.locale.choices = locale_choices(form.locale.data)
    if form.validate_on_submit():
        try:
            change_list(scope=current_scope(), list_id=list_id, details=_details(form))
            flash("Saved.", "success")
            return redirect(url_for(".show", list_id=list_id))
        except StaffError as error:
            put_error(form, error)
    page = render_template("staff/newsletters/edit.html", form=form, list=row)
    return (page, 422) if request.method == "POST" else page


@blueprint.post(f"/{ID}/archive")
def archive(list_id: int) -> ResponseReturnValue:
    """End a list, or take it up again with ``reopen``."""
    archive_list(scope=current_scope(), list_id=list_id, is_archived="reopen" not in request.form)
    return redirect(url_for(".show", list_id=list_id), 303)


@blueprint.get(f"/{ID}/people/{PERSON}")
def ledger(list_id: int, person_id: int) -> str:
    """Show what a person agreed to and withdrew, in which words."""
    row = get_list(current_scope(), list_id)
    subscription = find_subscription(row.id, person_id)
    if subscription is None:
        raise NotFoundError("They are not on this list.")
    return render_template(
        "staff/newsletters/ledger.html",
        list=row,
        subscription=subscription,
        badge=STATES[SubscriptionState(subscription.state)],
        entries=find_ledger(row.id, person_id),
        deeds=DEEDS,
    )


@blueprint.route(f"/{ID}/import", methods=["GET", "POST"])
def put_in(list_id: int) -> ResponseReturnValue:
    """Count what a file comes to, then put its people on the list."""
    scope, form = current_scope(), ImportProofForm()
    row = get_list(scope, list_id)
    result: ImportResult | None = None
    content, filename = _content(form)
    if form.validate_on_submit():
        is_dry_run = "confirmed" not in request.form
        try:
            result = import_subscribers(
                scope=scope,
                list_id=list_id,
                content=content,
                filename=filename,
                now=now(),
                is_dry_run=is_dry_run,
            )
        except StaffError as error:
            put_error(form, error)
        if result is not None and not is_dry_run:
            flash(f"{result.new} people are on the list now.", "success")
            return redirect(url_for(".show", list_id=list_id))
    text = content.decode("utf-8", "replace") if result else ""
    page = render_template(
        "staff/newsletters/import.html", form=form, list=row, result=result, text=text, filename=filename
    )
    return (page, 422) if request.method == "POST" and result is None else page


@blueprint.post(f"/{ID}/remote")
def remote(list_id: int) -> ResponseReturnValue:
    """Let the list also live at Mailchimp."""
    row, form = get_list(current_scope(), list_id), RemoteForm()
    if form.validate():
        try:
            connect_list(
                scope=current_scope(),
                list_id=list_id,
                audience=form.audience.data,
                key=form.key.data or "",
                vault=current_app.extensions["vault"],
            )
            return redirect(url_for(".show", list_id=list_id), 303)
        except (StaffError, ConflictError) as error:
            put_error(form, StaffError(error.message, field=error.field))
    return _page(row, form), 422


@blueprint.post(f"/{ID}/sync")
def sync(list_id: int) -> ResponseReturnValue:
    """Sync now or try again; ``stop`` lets the list live here only."""
    scope: Scope = current_scope()
    try:
        (disconnect_list if "stop" in request.form else ask_for_sync)(scope=scope, list_id=list_id)
    except ConflictError as error:
        flash(error.message, "warning")
    return redirect(url_for(".show", list_id=list_id), 303)


def _details(form: ListForm) -> ListDetails:
    return ListDetails(
        name=form.name.data or "",
        description=form.description.data or "",
        locale=form.locale.data or "",
        consent_words=form.consent_words.data or "",
        is_public=bool(form.is_public.data),
    )


def _content(form: ImportProofForm) -> tuple[bytes, str]:
    """Return the bytes of what was given and what it is called."""
    given = request.files.get(form.file.name)
    if given is not None and given.filename:
        return given.read(), given.filename[:200]
    return (form.text.data or "").encode(), request.form.get("filename", "")[:200] or "pasted text"


def _page(row: NewsletterList, form: RemoteForm) -> str:
    """Return the page of one list."""
    text = request.args.get("search", "").replace("\x00", "").strip()[:200]
    state = request.args.get("state", "")
    state = state if state in {str(key) for key in STATES} else ""
    before = request.args.get("before", type=int)
    before = before if before is not None and 0 < before < 2**63 else None
    people = page_subscriptions(row.id, text=text, state=state, before_id=before, limit=PAGE_SIZE + 1)
    shown = people[:PAGE_SIZE]
    kept: dict[str, Any] = {"list_id": row.id, "search": text or None, "state": state or None}
    if form.audience.data is None:
        form.audience.data = row.remote_list
    return render_template(
        "staff/newsletters/show.html",
        list=row,
        form=form,
        people=shown,
        text=text,
        state=state,
        states=STATES,
        counts=count_subscriptions([row.id])[row.id],
        remote=REMOTE[RemoteState(row.remote_state)],
        first_url=url_for(".show", **kept) if before else None,
        next_url=url_for(".show", before=shown[-1].id, **kept) if len(people) > PAGE_SIZE else None,
    )
