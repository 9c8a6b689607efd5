"""The page of one application to host: what is known of it, what is said of it, and what is done to it."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.compose import Draft, create_letter, set_audience
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.queries.letters import find_senders
from webapp.programme.actions.host_letters import batch_of, write_host_date
from webapp.programme.actions.host_notes import (
    assign_host,
    clear_organizer_flag,
    comment_host,
    find_assignees,
    set_organizer_flag,
)
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.actions.host_undo import release_host_letters, undo_host_decision
from webapp.programme.domain.host_questions import answer_lines
from webapp.programme.domain.host_states import HostState
from webapp.programme.domain.mailbox_states import MailboxState
from webapp.programme.models.host_application import HostApplication
from webapp.programme.queries.events import get_programme
from webapp.programme.queries.host import (
    find_event_of_host,
    find_host_activities,
    find_host_people,
    get_host_application,
)
from webapp.programme.queries.host_clash import find_clashes, find_flags
from webapp.programme.queries.host_history import find_batch_letters, find_staff_names
from webapp.programme.queries.mailboxes import find_mailbox_of_event
from webapp.programme.queries.triage_actions import (
    DECISIONS,
    TRIAGE_ACTIONS,
    TriageAction,
    may_undo,
    offered_actions,
)
from webapp.web.forms.choices import read_id
from webapp.web.forms.host_triage import HostCommentForm, HostFlagForm
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_base import put_error
from webapp.web.staff.host_applications import STATES, require_supporter
from webapp.web.staff.letters import FIRST_WORDS
from webapp.web.staff.mailboxes import STATES as MAILBOX_STATES

blueprint = StaffBlueprint("host_application", __name__, url_prefix="/host-applications")
blueprint.before_request(require_supporter)

ID = "<int(max=9223372036854775807):host_id>"  # what fits the column
VERBS = {
    "host.submitted": "Sent in",
    "host.new": "Taken back to new",
    "host.in_review": "Moved to review",
    "host.on_hold": "Put on hold",
    "host.accepted": "Accepted",
    "host.rejected": "Rejected",
    "host.withdrawn": "Withdrawn",
    "host.undone": "Decision undone",
    "host.released": "Letters sent at once",
    "host.assigned": "Assigned",
    "comment": "Comment",
}


@blueprint.get(f"/{ID}")
def show(host_id: int) -> str:
    """Show one application."""
    return _page(get_host_application(current_scope(), host_id))


@blueprint.post(f"/{ID}/act")
def act(host_id: int) -> ResponseReturnValue:
    """Say something, and perhaps do something: the button's ``action``, empty for the comment alone."""
    row, form = get_host_application(current_scope(), host_id), HostCommentForm()
    if not form.validate():
        return _page(row, comment_form=form), 422
    words, name = form.comment.data or "", request.form.get("action", "")
    try:
        if name:
            wanted = _plain_action(name)
            triage_host(scope=current_scope(), application_id=host_id, action=name, comment=words, now=now())
            flash(f"{row.reference} is {wanted.done}.", "success")
        else:
            comment_host(scope=current_scope(), application_id=host_id, comment=words)
            flash("Your comment is in the history.", "success")
    except ConflictError as error:
        flash(error.message, "warning")
    except StaffError as error:
        put_error(form, error)
        return _page(get_host_application(current_scope(), host_id), comment_form=form), 422
    return _back(host_id)


@blueprint.post(f"/{ID}/undo")
def undo(host_id: int) -> ResponseReturnValue:
    """Take the decision back while its letters are held."""
    try:
        undo_host_decision(scope=current_scope(), application_id=host_id, now=now())
        flash("The decision is undone. Nobody was told.", "success")
    except ConflictError as error:
        flash(error.message, "warning")
    return _back(host_id)


@blueprint.post(f"/{ID}/send-now")
def send_now(host_id: int) -> ResponseReturnValue:
    """Let the letters of the decision go at once."""
    try:
        release_host_letters(scope=current_scope(), application_id=host_id)
        flash("The letters are on their way. The decision can no longer be undone.", "success")
    except ConflictError as error:
        flash(error.message, "warning")
    return _back(host_id)


@blueprint.post(f"/{ID}/ask")
def ask(host_id: int) -> ResponseReturnValue:
    """Begin a letter with a question to its first organizer; the application stays as it is."""
    row, scope = get_host_application(current_scope(), host_id), current_scope()
    programme = get_programme(scope, row.programme_id)
    senders = find_senders(row.programme_id, None)
    draft = Draft(
        title=f"Question about {row.reference}",
        subject=f"Your application {row.reference}: a question",
        slots={"main": FIRST_WORDS},
        reason=f"You get this because you applied to host an event of {programme.name}.",
        locale=row.locale,
        is_essential=scope.may_send(row.programme_id, None),  # it is about what they asked for themselves
        sender_id=senders[0].id if senders else None,
    )
    audience = Audience((Choice("host-lead", {"application": str(row.id)}),))
    with transaction():
        letter_id = create_letter(
            scope=scope, programme_id=row.programme_id, event_id=None, draft=draft, now=now()
        )
        set_audience(scope=scope, letter_id=letter_id, audience=audience.to_json())
    return redirect(url_for("letters.edit", letter_id=letter_id), 303)


@blueprint.post(f"/{ID}/assign")
def assign(host_id: int) -> ResponseReturnValue:
    """Say who looks at it; an empty choice is nobody."""
    get_host_application(current_scope(), host_id)
    try:
        text = request.form.get("assigned_to", "")
        user_id = read_id(text)
        if text and user_id is None:
            raise StaffError("Choose somebody of the programme's support.", field="assigned_to")
        assign_host(scope=current_scope(), application_id=host_id, user_id=user_id)
        flash("It is assigned." if user_id else "It is nobody's now.", "success")
    except StaffError as error:
        flash(error.message, "error")
    return _back(host_id)


@blueprint.post(f"/{ID}/flag")
def flag(host_id: int) -> ResponseReturnValue:
    """Warn colleagues of one of its organizers."""
    row = get_host_application(current_scope(), host_id)
    form = _flag_form(row)
    if not form.validate():
        return _page(row, flag_form=form), 422
    try:
        set_organizer_flag(
            scope=current_scope(),
            person_id=int(form.person.data),
            kind=form.kind.data,
            reason=form.reason.data,
        )
        flash("Colleagues are warned.", "success")
    except ConflictError as error:
        flash(error.message, "warning")
    except StaffError as error:
        put_error(form, error)
        return _page(get_host_application(current_scope(), host_id), flag_form=form), 422
    return _back(host_id)


@blueprint.post(f"/{ID}/clear-flag")
def clear_flag(host_id: int) -> ResponseReturnValue:
    """Take a warning about one of its organizers back, with the reason."""
    row = get_host_application(current_scope(), host_id)
    flag_id = read_id(request.form.get("flag", ""))
    here = {one.id for one in find_flags(member.person_id for member in row.members)}
    if flag_id is not None and flag_id not in here:
        raise NotFoundError("There is no such warning any more.")
    try:
        if flag_id is None:
            raise StaffError("Choose which warning is to be cleared.")
        clear_organizer_flag(
            scope=current_scope(), flag_id=flag_id, reason=request.form.get("reason", ""), now=now()
        )
        flash("The warning is cleared.", "success")
    except StaffError as error:
        flash(error.message, "error")
    return _back(host_id)


def _plain_action(name: str) -> TriageAction:
    """Return an action that asks for nothing but words.

    Raises:
        StaffError: there is none of this name, or it has a page of its own.
    """
    wanted = TRIAGE_ACTIONS.get(name)
    if wanted.is_decision:
        raise StaffError(f"“{wanted.label}” has a page of its own. Use its button at the head of this page.")
    return wanted


def _back(host_id: int) -> ResponseReturnValue:
    return redirect(url_for("host_application.show", host_id=host_id), 303)


def _flag_form(row: HostApplication, *, is_new: bool = False) -> HostFlagForm:
    form = HostFlagForm(formdata=None) if is_new else HostFlagForm()
    form.person.choices = [(str(member.person_id), str(member.person)) for member in row.members]
    return form


def _page(
    row: HostApplication,
    *,
    comment_form: HostCommentForm | None = None,
    flag_form: HostFlagForm | None = None,
) -> str:
    """Return the page of one application."""
    scope, at = current_scope(), now()
    history = find_host_activities(scope, row.id)
    people = find_host_people(row.id)
    letters = find_batch_letters(batch_of(row)) if row.state in DECISIONS else []
    offered = offered_actions(row, scope, at)
    event = find_event_of_host(row.id)
    mailbox = find_mailbox_of_event(event.id) if event else None
    assigned_ids = [one.data.get("assigned_to_id") for one in history]
    return render_template(
        "staff/host/show.html",
        row=row,
        badge=STATES[HostState(row.state)],
        states=STATES,
        day=write_host_date(row, "en-GB"),
        programme=get_programme(scope, row.programme_id),
        people=people,
        answers=answer_lines(row.answers),
        clashes=find_clashes(row),
        flags=find_flags([one.id for one in people]),
        history=history,
        verbs=VERBS,
        names=find_staff_names([row.decided_by_id, *(one.actor_id for one in history), *assigned_ids]),
        assignees=find_assignees(row.programme_id),
        decisions=[one for one in offered if one.is_decision],
        moves=[one for one in offered if not one.is_decision],
        letters=letters,
        roles={one.role: LETTER_ROLES.get(one.role).label for one in letters if one.role in LETTER_ROLES},
        may_undo=may_undo(scope, row, at),
        undo_until=row.undo_until if row.undo_until is not None and at < row.undo_until else None,
        is_held=any(one.state == "held" for one in letters),
        event=event,
        mailbox=mailbox,
        mailbox_badge=MAILBOX_STATES[MailboxState(mailbox.state)] if mailbox else None,
        comment_form=comment_form or HostCommentForm(formdata=None),
        flag_form=flag_form or _flag_form(row, is_new=True),
    )
