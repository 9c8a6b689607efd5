"""Support's pages on the mailboxes of events: the list, one mailbox with its steps, and what can be done about it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, PostroomError, StaffError
from webapp.mail.models.sender import Sender
from webapp.programme.actions.host_undo import release_host_letters
from webapp.programme.actions.mailbox_requests import (
    keep_existing,
    move_existing,
    request_step,
    retry_step,
)
from webapp.programme.actions.mailbox_steps import gate_of
from webapp.programme.domain.mailbox_states import MailboxState, StepState
from webapp.programme.domain.mailbox_steps import MailboxFault
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import get_programme
from webapp.programme.queries.host_history import find_staff_names
from webapp.programme.queries.mailboxes import (
    MailboxFilter,
    count_mailboxes_by_state,
    count_waiting_letters,
    find_mailbox_history,
    find_organizer_addresses,
    find_steps,
    find_wanted_address,
    get_mailbox,
    page_mailboxes,
)
from webapp.web.forms.choices import read_id
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.states import Badge

blueprint = StaffBlueprint("mailboxes", __name__, url_prefix="/mailboxes")

ID = "<int(max=9223372036854775807):mailbox_id>"  # what fits the column
PAGE = 50
STATES = {
    MailboxState.REQUESTED: Badge(
        "Asked for", "quiet", "clock", "It is made when the decision can no longer be undone."
    ),
    MailboxState.PROVISIONING: Badge("Being made", "busy", "hourglass", "Its service is at it."),
    MailboxState.ACTIVE: Badge("In use", "good", "check", "It is there."),
    MailboxState.FAILED: Badge("Failed", "bad", "alert", "It could not be made; a person has to decide."),
    MailboxState.SUSPENDED: Badge(
        "Suspended", "warn", "pause", "Nobody gets in, and nothing is written from it."
    ),
    MailboxState.RETIRED: Badge("Put away", "quiet", "folder", "An earlier edition's, kept for its letters."),
}
STEP_STATES = {
    StepState.WAITING: Badge("Waiting", "quiet", "clock"),
    StepState.RUNNING: Badge("Running", "busy", "hourglass"),
    StepState.DONE: Badge("Done", "good", "check"),
    StepState.FAILED: Badge("Failed", "bad", "alert"),
    StepState.CANCELLED: Badge("Dropped", "quiet", "minus"),
}
OPERATIONS = {"create": "Make it", "rename": "Move", "suspend": "Suspend it", "reset": "Reset its password"}
TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "all": ("All", ()),
    **{state.value: (badge.label, (state.value,)) for state, badge in STATES.items()},
}
_ENDINGS = {
    "requested": "asked for",
    "done": "done",
    "failed": "failed",
    "retried": "is tried again",
    "cancelled": "dropped",
}
VERBS = {
    **{
        f"mailbox.{operation}_{ending}": f"{label}: {words}"
        for operation, label in OPERATIONS.items()
        for ending, words in _ENDINGS.items()
    },
    "mailbox.kept": "What is there is used",
    "mailbox.handed_on": "Handed on to the next edition",
    "mailbox.handed_back": "Handed back: the decision was undone",
}


@blueprint.before_request
def require_supporter() -> None:
    """Keep the pages from organizers, for whom they are not there.

    Raises:
        NotFoundError: they see no programme whole.
    """
    scope = current_scope()
    if not (scope.is_administrator or scope.programme_ids):
        raise NotFoundError("There is nothing here, or it is not yours to see.")


@blueprint.get("")
def index() -> str:
    """List mailboxes, the latest first: ``?state= &search= &before=``."""
    scope = current_scope()
    tab = request.args.get("state", "all")
    tab = tab if tab in TABS else "all"
    words = request.args.get("search", "").replace("\x00", "").strip()[:200]
    before = read_id(request.args.get("before", ""))
    rows = page_mailboxes(scope, MailboxFilter(words, TABS[tab][1]), before=before, limit=PAGE + 1)
    counts = count_mailboxes_by_state(scope, words)
    kept: dict[str, Any] = {"state": tab if tab != "all" else None, "search": words or None}
    tabs = [
        (
            label,
            url_for(".index", state=key, search=words or None),
            sum(counts.get(s, 0) for s in states or counts),
        )
        for key, (label, states) in TABS.items()
    ]
    return render_template(
        "staff/mailboxes/index.html",
        rows=rows[:PAGE],
        tabs=tabs,
        tab=tab,
        tab_name=TABS[tab][0],
        words=words,
        states=STATES,
        step_states=STEP_STATES,
        operations=OPERATIONS,
        first_url=url_for(".index", **kept) if before else None,
        next_url=url_for(".index", before=rows[PAGE - 1].mailbox.id, **kept) if len(rows) > PAGE else None,
    )


@blueprint.get(f"/{ID}")
def show(mailbox_id: int) -> str:
    """Show one mailbox."""
    return _page(mailbox_id)


@blueprint.post(f"/{ID}/retry")
def retry(mailbox_id: int) -> ResponseReturnValue:
    """Take a step again that had failed: the button's ``step``."""
    step_id = read_id(request.form.get("step", "")) or 0
    return _do(
        mailbox_id,
        lambda at: retry_step(scope=current_scope(), mailbox_id=mailbox_id, step_id=step_id, now=at),
        "It is tried again.",
    )


@blueprint.post(f"/{ID}/keep")
def keep(mailbox_id: int) -> ResponseReturnValue:
    """Use the mailbox that is there."""
    return _do(
        mailbox_id,
        lambda _: keep_existing(scope=current_scope(), mailbox_id=mailbox_id),
        "The mailbox is in use. Letters that waited for it go out.",
        is_grave=True,
    )


@blueprint.post(f"/{ID}/move")
def move(mailbox_id: int) -> ResponseReturnValue:
    """Move the mailbox that is in the way, then make the new one."""
    return _do(
        mailbox_id,
        lambda at: move_existing(scope=current_scope(), mailbox_id=mailbox_id, now=at),
        "The old mailbox is moved first, then the new one is made.",
        is_grave=True,
    )


@blueprint.post(f"/{ID}/suspend")
def suspend(mailbox_id: int) -> ResponseReturnValue:
    """Close the mailbox without deleting what is in it."""
    return _do(
        mailbox_id,
        lambda at: request_step(scope=current_scope(), mailbox_id=mailbox_id, operation="suspend", now=at),
        "It will be suspended in a moment.",
        is_grave=True,
    )


@blueprint.post(f"/{ID}/reset")
def reset(mailbox_id: int) -> ResponseReturnValue:
    """End the mailbox's sessions and password; an organizer sets a new one."""
    recovery = request.form.get("recovery", "")
    return _do(
        mailbox_id,
        lambda at: request_step(
            scope=current_scope(), mailbox_id=mailbox_id, operation="reset", recovery=recovery, now=at
        ),
        "Its password will be reset in a moment.",
        is_grave=True,
    )


@blueprint.post(f"/{ID}/send-without")
def send_without(mailbox_id: int) -> ResponseReturnValue:
    """Let the letters go that wait for the mailbox; they do not name it."""
    host_id = _host_of(get_mailbox(current_scope(), mailbox_id))

    def release(_: datetime) -> None:
        if host_id is None or not count_waiting_letters(gate_of(mailbox_id)):
            raise ConflictError("No letter waits for this mailbox.")
        release_host_letters(scope=current_scope(), application_id=host_id)

    words = "The letters are on their way, without the mailbox's address."
    return _do(mailbox_id, release, words, is_grave=True)


def _do(
    mailbox_id: int, deed: Callable[[datetime], object], words: str, *, is_grave: bool = False
) -> ResponseReturnValue:
    """Do it and go back to the page, or show the page with why not."""
    get_mailbox(current_scope(), mailbox_id)
    try:
        if is_grave and request.form.get("confirmed") != "1":
            raise StaffError("Press its button on this page, and confirm what it says.")
        deed(now())
    except (StaffError, ConflictError) as error:
        return _page(mailbox_id, error), error.status
    flash(words, "success")
    return redirect(url_for(".show", mailbox_id=mailbox_id), 303)


def _host_of(mailbox: Mailbox) -> int | None:
    """Return the application to host that a mailbox's event was made of."""
    event = db.session.get(Event, mailbox.event_id) if mailbox.event_id is not None else None
    return event.host_application_id if event else None


def _page(mailbox_id: int, refused: PostroomError | None = None) -> str:
    """Return the page of one mailbox."""
    scope = current_scope()
    mailbox = get_mailbox(scope, mailbox_id)
    steps, history = find_steps(mailbox.id), find_mailbox_history(mailbox.id)
    is_failed = mailbox.state == MailboxState.FAILED
    fault = next((one.data.get("fault") for one in history if one.verb == "mailbox.create_failed"), "")
    return render_template(
        "staff/mailboxes/show.html",
        mailbox=mailbox,
        address=find_wanted_address(mailbox, steps),
        badge=STATES[MailboxState(mailbox.state)],
        event=db.session.get(Event, mailbox.event_id) if mailbox.event_id is not None else None,
        programme=get_programme(scope, mailbox.programme_id),
        sender=db.session.get(Sender, mailbox.sender_id) if mailbox.sender_id is not None else None,
        steps=steps,
        awaited=_find_awaited(steps),
        step_states=STEP_STATES,
        operations=OPERATIONS,
        history=history,
        verbs=VERBS,
        names=find_staff_names([*(one.actor_id for one in history), *(one.requested_by_id for one in steps)]),
        host_id=_host_of(mailbox),
        waiting=count_waiting_letters(gate_of(mailbox.id)),
        may_keep=is_failed or mailbox.state == MailboxState.SUSPENDED,
        may_move=is_failed and fault == MailboxFault.EXISTS,
        is_used=mailbox.state == MailboxState.ACTIVE,
        organizers=find_organizer_addresses(mailbox.event_id),
        refused=refused,
    )


def _find_awaited(steps: list[MailboxStep]) -> dict[int, MailboxStep]:
    """Return the step that each one waits for, by the one that waits."""
    waits = {one.id: one.arguments.get("after") for one in steps if one.state == StepState.WAITING}
    found = {key: db.session.get(MailboxStep, int(after)) for key, after in waits.items() if after}
    return {key: step for key, step in found.items() if step is not None and step.state != StepState.DONE}
