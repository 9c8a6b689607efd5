"""The pages on which an application to host is accepted or rejected, with what follows from it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from webapp.core.clock import now
from webapp.core.errors import ConflictError, StaffError
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.programme.actions.host_letters import write_host_date
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.domain.mailbox_proposals import Proposal
from webapp.programme.models.host_application import HostApplication
from webapp.programme.queries.events import get_event, get_programme
from webapp.programme.queries.host import find_host_people, get_host_application
from webapp.programme.queries.host_clash import (
    find_clashes,
    find_flags,
    find_previous_editions,
    propose_host_slug,
)
from webapp.programme.queries.host_history import find_people_with_password
from webapp.programme.queries.host_mailbox import find_mailbox_ways
from webapp.programme.queries.triage_actions import TRIAGE_ACTIONS, Choices, why_not
from webapp.web.forms.choices import read_id
from webapp.web.forms.host_triage import NO_EDITION, AcceptHostForm, RejectHostForm
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.admin_base import put_error
from webapp.web.staff.host_applications import require_supporter

blueprint = StaffBlueprint("host_decision", __name__, url_prefix="/host-applications")
blueprint.before_request(require_supporter)

ID = "<int(max=9223372036854775807):host_id>"  # what fits the column
Promised = list[tuple[str, str, str, str]]  # role and label of the letter, reader, address


@blueprint.get(f"/{ID}/accept")
def accept_page(host_id: int) -> ResponseReturnValue:
    """Show what accepting makes, and ask what it needs; ``?slug= &previous_event_id=`` show what can be done then."""
    row = get_host_application(current_scope(), host_id)
    return _refusal(row, "accept") or _page(row, "accept", _accept_form(row, is_new=True))


@blueprint.post(f"/{ID}/accept")
def accept(host_id: int) -> ResponseReturnValue:
    """Accept it, with what was chosen."""
    row = get_host_application(current_scope(), host_id)
    form = _accept_form(row)
    return _refusal(row, "accept") or _decide(row, "accept", form, lambda: _read_accept(form))


@blueprint.get(f"/{ID}/reject")
def reject_page(host_id: int) -> ResponseReturnValue:
    """Show who is told of a rejection, and ask for personal words."""
    row = get_host_application(current_scope(), host_id)
    return _refusal(row, "reject") or _page(row, "reject", RejectHostForm(formdata=None))


@blueprint.post(f"/{ID}/reject")
def reject(host_id: int) -> ResponseReturnValue:
    """Reject it."""
    row = get_host_application(current_scope(), host_id)
    form = RejectHostForm()
    return _refusal(row, "reject") or _decide(row, "reject", form, lambda: Choices(note=form.note.data or ""))


def _refusal(row: HostApplication, name: str) -> ResponseReturnValue | None:
    """Send whoever comes too late back to the application's page, which says how it stands."""
    reason = why_not(TRIAGE_ACTIONS.get(name), row, current_scope(), now())
    if reason is None:
        return None
    flash(reason, "warning")
    return redirect(url_for("host_application.show", host_id=row.id), 303)


def _decide(
    row: HostApplication, name: str, form: FlaskForm, read: Callable[[], Choices]
) -> ResponseReturnValue:
    """Do it, or show the form once more with what was refused at its field."""
    host_id = row.id
    if not form.validate():
        return _page(row, name, form), 422
    try:
        done = triage_host(
            scope=current_scope(),
            application_id=host_id,
            action=name,
            comment=form.comment.data or "",
            now=now(),
            **read(),
        )
        flash(f"{done.reference} is {TRIAGE_ACTIONS.get(name).done}.", "success")
    except ConflictError as error:
        flash(error.message, "warning")
    except StaffError as error:
        put_error(form, error)
        return _page(get_host_application(current_scope(), host_id), name, form), 422
    return redirect(url_for("host_application.show", host_id=host_id), 303)


def _accept_form(row: HostApplication, *, is_new: bool = False) -> AcceptHostForm:
    """Return the form with what there is to choose; what does not arise is not asked."""
    form = AcceptHostForm(formdata=None) if is_new else AcceptHostForm()
    editions = find_previous_editions(row)
    if is_new:
        form.slug.data = request.args.get("slug", propose_host_slug(row))[:120]
        form.previous_event_id.data = request.args.get("previous_event_id")
    if editions:
        form.previous_event_id.choices = [
            *(
                (str(one.event_id), _edition_words(one.name, one.shared, is_claimed=one.is_claimed))
                for one in editions
            ),
            (NO_EDITION, "None: it is a new one"),
        ]
    else:
        del form.previous_event_id
    if get_programme(current_scope(), row.programme_id).mail_domain:
        ways = _find_ways(form, row)
        form.mailbox.choices = [(way.token, way.consequence) for way in ways]
        if ways and form.mailbox.data not in {way.token for way in ways}:
            form.mailbox.data = ways[0].token  # to be confirmed: what was posted is read from the request
    else:
        del form.mailbox
    if not find_flags([one.id for one in find_host_people(row.id)], "blocked"):
        del form.is_acknowledged
    return form


def _find_ways(form: AcceptHostForm, row: HostApplication) -> tuple[Proposal, ...]:
    """Return what can be done about the mailbox; nothing before address and earlier edition are known."""
    slug, chosen = (form.slug.data or "").strip(), NO_EDITION
    if "previous_event_id" in form:
        chosen = form.previous_event_id.data
        if chosen not in {value for value, _ in form.previous_event_id.choices}:
            return ()
    if not slug:
        return ()
    previous = None if chosen == NO_EDITION else get_event(current_scope(), int(chosen))
    return find_mailbox_ways(row, slug, previous)


def _edition_words(name: str, shared: tuple[str, ...], *, is_claimed: bool) -> str:
    """Return an earlier edition in words, with what speaks for it."""
    reasons = [f"same organizers: {', '.join(shared)}"] if shared else []
    if is_claimed:
        reasons.append("they say so themselves")
    return f"{name} ({'; '.join(reasons)})" if reasons else name


def _read_accept(form: AcceptHostForm) -> Choices:
    """Return what was chosen; what was not asked is left out."""
    choices = Choices(
        slug=(form.slug.data or "").strip(), event_name=form.event_name.data or "", note=form.note.data or ""
    )
    if "previous_event_id" in form:
        chosen = form.previous_event_id.data
        choices["previous_event_id"] = None if chosen == NO_EDITION else read_id(chosen)
    if "mailbox" in form:
        choices["mailbox"] = request.form.get("mailbox", "")
    if "is_acknowledged" in form:
        choices["is_acknowledged"] = bool(form.is_acknowledged.data)
    return choices


def _page(row: HostApplication, name: str, form: FlaskForm) -> str:
    """Return the page that asks, with the letters that will be promised."""
    programme = get_programme(current_scope(), row.programme_id)
    wait = timedelta(minutes=programme.undo_minutes)
    leaves_at: datetime | None = now() + wait if wait else None
    return render_template(
        f"staff/host/{name}.html",
        row=row,
        form=form,
        wanted=TRIAGE_ACTIONS.get(name),
        programme=programme,
        day=write_host_date(row, "en-GB"),
        clashes=find_clashes(row),
        letters=_promise(row, name),
        ways=_find_ways(form, row) if "mailbox" in form else (),
        leaves_at=leaves_at,
    )


def _promise(row: HostApplication, name: str) -> Promised:
    """Return the letters that a decision will promise, by reader."""
    people = find_host_people(row.id)
    known = find_people_with_password([one.id for one in people])
    decision = TRIAGE_ACTIONS.get(name).letter_role
    found: Promised = []
    for person in people:
        roles = [decision] if decision else []
        if name == "accept":
            roles.append("account.added_to_event" if person.id in known else "account.invite")
        found += [(role, LETTER_ROLES.get(role).label, str(person), person.email or "") for role in roles]
    return found
