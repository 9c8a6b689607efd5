"""Staff's pages on visitors' messages: the list, one message, what becomes of it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.programme.actions.contact import mark_message, pass_on
from webapp.programme.domain.contact import ContactKind, Written, answer_link
from webapp.programme.domain.contact_states import CONTACT_MACHINE, ContactState
from webapp.programme.models.contact import ContactMessage
from webapp.programme.queries.contact import (
    PAGE_SIZE,
    MessageFilter,
    count_messages_by_state,
    find_message_history,
    get_message,
    page_messages,
)
from webapp.web.forms.contact import MarkMessageForm
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.place_names import PlaceNames
from webapp.web.states import Badge

blueprint: Blueprint = StaffBlueprint("messages", __name__, url_prefix="/messages")

ID = "<int(max=9223372036854775807):message_id>"  # what fits the column
STATES = {
    ContactState.RECEIVED: Badge("Waiting", "warn", "clock", "Its letter could not be written yet."),
    ContactState.FORWARDED: Badge("Passed on", "busy", "send", "It waits for an answer."),
    ContactState.ANSWERED: Badge("Answered", "good", "check"),
    ContactState.CLOSED: Badge("Closed", "quiet", "close"),
    ContactState.SPAM: Badge("Spam", "quiet", "stop", "Kept, and passed on to nobody."),
}
KINDS = {ContactKind.EVENT: "Organizers", ContactKind.SUPPORT: "Support"}
VERBS = {
    "contact.received": "Received",
    "contact.forwarded": "Passed on",
    "contact.answered": "Marked as answered",
    "contact.closed": "Closed",
    "contact.spam": "Marked as spam",
}


@blueprint.get("/")
def index() -> str:
    """List messages, the latest first: ``?search= &state= &kind= &before=``."""
    scope = current_scope()
    before = request.args.get("before", type=int)
    wanted = MessageFilter(
        text=request.args.get("search", "").replace("\x00", "").strip()[:200],
        state=_one_of(request.args.get("state", ""), STATES),
        kind=_one_of(request.args.get("kind", ""), KINDS),
        before_id=before if before is not None and 0 < before < 2**63 else None,
    )
    rows = page_messages(scope, wanted, PAGE_SIZE + 1)
    shown = rows[:PAGE_SIZE]
    names = PlaceNames((row.programme_id, row.event_id) for row in shown)
    kept: dict[str, Any] = {
        "search": wanted.text or None,
        "state": wanted.state or None,
        "kind": wanted.kind or None,
    }
    return render_template(
        "staff/messages/index.html",
        rows=[(row, names.of(row.programme_id, row.event_id)) for row in shown],
        wanted=wanted,
        states=STATES,
        kinds=KINDS,
        counts=count_messages_by_state(scope),
        first_url=url_for(".index", **kept) if wanted.before_id else None,
        next_url=url_for(".index", before=shown[-1].id, **kept) if len(rows) > PAGE_SIZE else None,
    )


@blueprint.get(f"/{ID}")
def show(message_id: int) -> str:
    """Show one message with what became of it."""
    return _page(get_message(current_scope(), message_id), MarkMessageForm(formdata=None))


@blueprint.post(f"/{ID}/mark")
def mark(message_id: int) -> ResponseReturnValue:
    """Say what becomes of a message: the button's ``state``."""
    message, form = get_message(current_scope(), message_id), MarkMessageForm()
    if not form.validate():
        return _page(message, form), 422
    try:
        state = ContactState(request.form.get("state", ""))
        mark_message(
            scope=current_scope(),
            message_id=message_id,
            state=state,
            comment=(form.comment.data or "").strip(),
        )
        flash(f"The message is {STATES[state].label.lower()}.", "success")
    except (ValueError, ConflictError):
        flash("Somebody else was first. Look at the message once more.", "warning")
    return redirect(url_for(".show", message_id=message_id), 303)


@blueprint.post(f"/{ID}/pass-on")
def forward(message_id: int) -> ResponseReturnValue:
    """Pass a message on that waits, or that was no spam after all."""
    try:
        pass_on(scope=current_scope(), message_id=message_id)
        flash("The message is passed on.", "success")
    except NotFoundError:
        raise
    except (StaffError, ConflictError) as error:
        flash(error.message, "warning")
    return redirect(url_for(".show", message_id=message_id), 303)


def _page(message: ContactMessage, form: MarkMessageForm) -> str:
    """Return the page of one message."""
    written = Written(message.name, message.address, message.subject, message.body)
    state = ContactState(message.state)
    names = PlaceNames([(message.programme_id, message.event_id)])
    return render_template(
        "staff/messages/show.html",
        message=message,
        form=form,
        badge=STATES[state],
        place=names.of(message.programme_id, message.event_id),
        goes_to=KINDS[ContactKind(message.kind)],
        answer_url=answer_link(written),
        history=[(row, VERBS.get(row.verb, row.verb), who) for row, who in find_message_history(message.id)],
        moves=_offers(state),
        may_pass_on=state in {ContactState.RECEIVED, ContactState.SPAM},
    )


def _offers(state: ContactState) -> list[tuple[str, str]]:
    """Return what may become of a message as (state, words on the button)."""
    words = {
        ContactState.ANSWERED: "Mark as answered",
        ContactState.CLOSED: "Close",
        ContactState.SPAM: "It is spam",
        ContactState.FORWARDED: "Take up again",
    }
    is_unsent = state in {ContactState.RECEIVED, ContactState.SPAM}
    return [
        (to.value, label)
        for to, label in words.items()
        if CONTACT_MACHINE.allows(state, to) and not (is_unsent and to == ContactState.FORWARDED)
    ]


def _one_of(text: str, known: Any) -> str:
    """Return a filter's value, or "" where it is none that we know."""
    return text if text in {str(key) for key in known} else ""
