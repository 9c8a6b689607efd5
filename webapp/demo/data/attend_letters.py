"""Letters that the demo's applicants got without anybody's doing: received, withdrawn, please answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from webapp.demo.data.past import at_time, delivering, forget
from webapp.demo.data.world import World
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.programme.actions.rules_run import send_run
from webapp.programme.domain.attend_answers import write_answers
from webapp.programme.domain.attend_links import status_link
from webapp.programme.domain.rules import RULES, Occasion
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.attend import as_asked, find_questions
from webapp.programme.queries.attend_letters import attend_constants

REMINDED = ("krakow-3", "athens-1")


def make_received(session: Session, world: World, forms: Mapping[str, Form]) -> None:
    """Let everybody have been told that their application came in, and those who withdrew that this did, too."""
    with delivering(session):
        for slug, form in sorted(forms.items(), key=lambda item: item[1].opens_at or world.now):
            _write(session, world.events[slug], form)
    for role, cause in (("attend.received", "submitted_at"), ("attend.withdrawn", "withdrawn_at")):
        _date_letters(session, role, cause)


def _write(session: Session, event: Event, form: Form) -> None:
    """Write to the applicants of one event."""
    questions = [as_asked(question) for question in find_questions(form.id)]
    rows = session.scalars(
        select(Application).where(Application.form_id == form.id).order_by(Application.number)
    ).all()
    received = [(row, {"application.answers": write_answers(questions, row.answers)}) for row in rows]
    withdrawn: list[tuple[Application, dict[str, str]]] = [(row, {}) for row in rows if row.withdrawn_at]
    for role, letters in (("attend.received", received), ("attend.withdrawn", withdrawn)):
        if letters:
            _post(session, event, form, role, letters)


def _post(
    session: Session,
    event: Event,
    form: Form,
    role: str,
    rows: Sequence[tuple[Application, dict[str, str]]],
) -> None:
    """Post a letter to each applicant."""
    public_url = current_app.extensions["settings"].public_url
    letters = [
        Addressee(
            row.person_id,
            f"{role}:{row.id}",
            {
                "application.number": str(row.number),
                "application.status_link": status_link(public_url, row.token or ""),
                **more,
            },
        )
        for row, more in rows
    ]
    errand = Errand(
        role=role,
        programme_id=event.programme_id,
        event_id=event.id,
        constants=lambda locale: attend_constants(event, form, locale),
        locale=form.locale,
    )
    with at_time(session, form.opens_at or rows[0][0].submitted_at):
        post_letters(errand, letters)


def _date_letters(session: Session, role: str, cause: str) -> None:
    """Let each letter have left seconds after what caused it; a shoot lasts from the first to the last of them.

    Args:
        session: of the open transaction.
        role: of the letters.
        cause: the column of their applications that dates them.
    """
    of_application = "dedupe_key = :role || ':' || applications.id"
    for statement in (
        f"UPDATE email_logs SET handed_at = {cause} + interval '2 s', settled_at = {cause} + interval '3 s'"
        f" FROM applications WHERE {of_application}",
        f"UPDATE email_events SET at = {cause} + interval '3 s' FROM email_logs AS letters, applications"
        f" WHERE letters.{of_application} AND letters.shoot_id = email_events.shoot_id"
        " AND letters.seq = email_events.seq",
        "UPDATE shoots SET created_at = first, started_at = first, completed_at = last"
        " FROM (SELECT shoot_id, min(handed_at) AS first, max(settled_at) AS last FROM email_logs"
        " GROUP BY shoot_id) AS letters WHERE letters.shoot_id = shoots.id AND cause = :role",
    ):
        session.execute(text(statement), {"role": role})
    forget(session, EmailLog, Shoot)


def make_reminders(session: Session, world: World) -> None:
    """Remind those who have not answered yet, two days before their time is over."""
    for slug in REMINDED:
        event = world.events[slug]
        deadline = session.scalar(
            select(Application.rsvp_deadline)
            .where(Application.event_id == event.id, Application.rsvp_deadline.is_not(None))
            .limit(1)
        )
        if deadline is not None:
            _remind(session, event, deadline)


def _remind(session: Session, event: Event, deadline: datetime) -> None:
    """Let the rule have run for an event when it was due."""
    rule, due_at = RULES.get("rsvp_reminder"), deadline - timedelta(days=2)
    occasion = Occasion(deadline.astimezone(UTC).isoformat(), deadline)
    with at_time(session, due_at):
        run = RuleRun(
            programme_id=event.programme_id,
            event_id=event.id,
            rule=rule.name,
            occasion=occasion.key,
            due_at=due_at,
        )
        session.add(run)
        session.flush()
        send_run(run, rule, occasion, due_at)
