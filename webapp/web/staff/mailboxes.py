"""Mailboxes of events: how each stands, what was asked of the service that keeps them, try again, go on with one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.programme.actions.mailbox_steps import keep_existing, retry_step
from webapp.programme.domain.mailbox_states import MailboxState, StepState
from webapp.programme.queries.events import get_event
from webapp.programme.queries.mailboxes import find_mailboxes, find_steps, get_mailbox
from webapp.web.forms.choices import read_id
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.place_names import PlaceNames
from webapp.web.states import Badge

blueprint = StaffBlueprint("mailboxes", __name__, url_prefix="/mailboxes")

ID = "<int(max=9223372036854775807):mailbox_id>"  # what fits the column
STATES = {
    MailboxState.REQUESTED: Badge("Asked for", "busy", "clock", "Its turn has not come yet."),
    MailboxState.PROVISIONING: Badge("Being made", "busy", "hourglass"),
    MailboxState.ACTIVE: Badge("In use", "good", "check", "Letters of its event come from it."),
    MailboxState.FAILED: Badge("Failed", "bad", "alert", "A person has to decide."),
    MailboxState.SUSPENDED: Badge("Suspended", "quiet", "pause"),
    MailboxState.RETIRED: Badge(
        "Retired", "quiet", "minus", "An older edition’s, under another address now."
    ),
}
STEP_STATES = {
    StepState.WAITING: Badge("Waiting", "busy", "clock"),
    StepState.RUNNING: Badge("Under way", "busy", "hourglass"),
    StepState.DONE: Badge("Done", "good", "check"),
    StepState.FAILED: Badge("Given up", "bad", "alert"),
    StepState.CANCELLED: Badge("Cancelled", "quiet", "close"),
}
OPERATIONS = {
    "create": "Make it",
    "rename": "Give it another address",
    "suspend": "Suspend it",
    "reset": "Set a new password",
}


@blueprint.before_request
def _for_whom() -> None:
    """Keep the pages from organizers, for whom they are not there."""
    scope = current_scope()
    if not (scope.is_administrator or scope.programme_ids):
        raise NotFoundError("There is nothing here, or it is not yours to see.")


@blueprint.get("")
def index() -> str:
    """List the mailboxes, those that want a decision first."""
    rows = find_mailboxes(current_scope())
    names = PlaceNames((row.programme_id, row.event_id) for row in rows)
    return render_template(
        "staff/mailboxes/index.html",
        rows=[(row, names.of(row.programme_id, row.event_id)) for row in rows],
        states=STATES,
    )


@blueprint.get(f"/{ID}")
def show(mailbox_id: int) -> str:
    """Show one mailbox with its steps."""
    scope = current_scope()
    mailbox = get_mailbox(scope, mailbox_id)
    steps = find_steps(mailbox.id)
    event = get_event(scope, mailbox.event_id) if mailbox.event_id else None
    return render_template(
        "staff/mailboxes/show.html",
        mailbox=mailbox,
        event=event,
        steps=steps,
        badge=STATES[MailboxState(mailbox.state)],
        step_states=STEP_STATES,
        operations=OPERATIONS,
        may_keep=mailbox.state == MailboxState.FAILED,
    )


@blueprint.post(f"/{ID}/retry")
def retry(mailbox_id: int) -> ResponseReturnValue:
    """Take a step again that was given up: the form's ``step``."""
    get_mailbox(current_scope(), mailbox_id)
    step_id = read_id(request.form.get("step", "")) or 0
    try:
        retry_step(scope=current_scope(), mailbox_id=mailbox_id, step_id=step_id, now=now())
        flash("It is tried again now.", "success")
    except (StaffError, ConflictError) as error:
        flash(error.message, "warning")
    return redirect(url_for(".show", mailbox_id=mailbox_id), 303)


@blueprint.post(f"/{ID}/keep")
def keep(mailbox_id: int) -> ResponseReturnValue:
    """Go on with the mailbox that the service has under this address already."""
    get_mailbox(current_scope(), mailbox_id)
    try:
        if request.form.get("confirmed") != "1":
            raise StaffError("Nothing was done: confirm that it is the right mailbox.")
        keep_existing(scope=current_scope(), mailbox_id=mailbox_id)
        flash("The event goes on with this mailbox. Letters that waited for it may leave.", "success")
    except (StaffError, ConflictError) as error:
        flash(error.message, "warning")
    return redirect(url_for(".show", mailbox_id=mailbox_id), 303)
