"""An application is taken back: by its applicant with the link in their letter, or by organizers on their behalf."""

from datetime import datetime

import structlog
from flask import current_app

from webapp.core.database import db
from webapp.core.errors import ConflictError, NotFoundError, OperatorError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, cancel_letters, post_letters
from webapp.people.domain.scope import Scope
from webapp.programme.domain.attend_links import status_link
from webapp.programme.models.activity import write_activity
from webapp.programme.models.application import Application
from webapp.programme.queries.attend import ApplicationPage, find_application_by_token, find_letter_keys
from webapp.programme.queries.attend_letters import attend_constants

log = structlog.get_logger()


def withdraw_application(*, token: str, now: datetime) -> bool:
    """Take an application back; letters about it that have not left do not leave, a place becomes free.

    Args:
        token: of the applicant's link.
        now: the time.

    Returns:
        Whether it was done now; False when it was done before.

    Raises:
        NotFoundError: the link belongs to no application.
    """
    with transaction() as session:
        page = find_application_by_token(token, now)
        if page is None:
            raise NotFoundError("There is no such application.")
        session.refresh(page.application, with_for_update={"of": Application})
        if page.application.withdrawn_at is not None:
            return False
        _withdraw(page, now)
        return True


def withdraw_on_behalf(*, scope: Scope, application_id: int, reason: str, now: datetime) -> None:
    """Take an application back for somebody who said so by another way; they get the letter that confirms it.

    Args:
        scope: who acts; organizers and support, never reviewers.
        application_id: whose.
        reason: how it is known; it stays in the history.
        now: the time.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: there is no reason.
        ConflictError: it was withdrawn before.
    """
    if not reason.strip():
        raise StaffError("Say how you know, for example “by phone on Monday”.", field="reason")
    with transaction() as session:
        row = session.get(Application, application_id, with_for_update={"of": Application})
        page = find_application_by_token(row.token or "", now) if row is not None else None
        if row is None or page is None or not scope.sees(row.programme_id, row.event_id):
            raise NotFoundError("There is no such application.")
        if row.withdrawn_at is not None:
            raise ConflictError("This application was withdrawn already.")
        _withdraw(page, now, actor_id=scope.user_id, comment=reason.strip()[:1000])


def _withdraw(
    page: ApplicationPage, now: datetime, *, actor_id: int | None = None, comment: str = ""
) -> None:
    """Take an application back that is held."""
    row = page.application
    row.withdrawn_at = now
    cancel_letters(find_letter_keys(row.id), why="The applicant has withdrawn.")
    write_activity(
        "application.withdrawn",
        "application",
        row.id,
        actor_id=actor_id,
        programme_id=row.programme_id,
        event_id=row.event_id,
        before=row.announced,
        comment=comment,
        rsvp=row.rsvp,
    )
    db.session.flush()
    _confirm(page)


def _confirm(page: ApplicationPage) -> None:
    """Promise the letter that says so; what was done stands without it, too."""
    row = page.application
    errand = Errand(
        role="attend.withdrawn",
        programme_id=row.programme_id,
        event_id=row.event_id,
        constants=lambda locale: attend_constants(page.event, page.form, locale),
        locale=row.locale,
    )
    values = {
        "application.number": str(row.number),
        "application.status_link": status_link(
            current_app.extensions["settings"].public_url, row.token or ""
        ),
    }
    try:
        with transaction() as session, session.begin_nested():
            post_letters(errand, [Addressee(row.person_id, f"attend.withdrawn:{row.id}", values)])
    except (StaffError, OperatorError) as error:
        log.error("no letter for a withdrawal", application=row.id, reason=error.message)
