"""An applicant takes their application back, by the link in their letter."""

from datetime import datetime

import structlog
from flask import current_app

from webapp.core.errors import NotFoundError, OperatorError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, cancel_letters, post_letters
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
        row = page.application
        session.refresh(row, with_for_update={"of": Application})
        if row.withdrawn_at is not None:
            return False
        row.withdrawn_at = now
        cancel_letters(find_letter_keys(row.id), why="The applicant has withdrawn.")
        write_activity(
            "application.withdrawn",
            "application",
            row.id,
            actor_id=None,
            programme_id=row.programme_id,
            event_id=row.event_id,
            before=row.announced,
            rsvp=row.rsvp,
        )
        session.flush()
        _confirm(page)
        return True


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
