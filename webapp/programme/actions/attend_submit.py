"""Take an application to attend: the person, the row, its number and its letter, all or nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import structlog
from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.core.errors import ConflictError, NotFoundError, OperatorError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.words import translator
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.queries.persons import find_person_by_address
from webapp.programme.domain.attend_answers import CheckedAnswers, check_answers, write_answers
from webapp.programme.domain.attend_forms import Opening
from webapp.programme.domain.attend_links import seal_application, status_link
from webapp.programme.domain.attend_questions import Given
from webapp.programme.domain.subscription_states import SUBSCRIPTION_MACHINE, SubscriptionState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription
from webapp.programme.queries.attend import FormPage, as_asked, find_form_page, find_questions
from webapp.programme.queries.attend_letters import attend_constants

log = structlog.get_logger()


class RefusedAnswersError(StaffError):
    """Some questions have to be answered again.

    Args:
        errors: a sentence by question's key.
    """

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Nothing was sent yet. Please look at the marked questions.")
        self.errors = dict(errors)


class Outcome(StrEnum):
    """What became of a submission."""

    RECEIVED = "received"
    REPEATED = "repeated"  # the same form was sent twice: it is one application
    KNOWN = "known"  # the address has applied before: its status link is sent again


@dataclass(frozen=True, slots=True)
class Submitted:
    """What is there after a submission.

    Args:
        outcome: what became of it.
        application_id: the application that there is now.
        is_letter_promised: its applicant gets a letter.
    """

    outcome: Outcome
    application_id: int
    is_letter_promised: bool = True


def submit_application(*, slug: str, given: Given, submission_token: str, now: datetime) -> Submitted:
    """Take what somebody filled in.

    Args:
        slug: of the event.
        given: by question's key what was posted.
        submission_token: one word for this one filling-in; sent twice it is one application.
        now: the time.

    Raises:
        NotFoundError: there is no such form.
        ConflictError: it does not take applications now.
        RefusedAnswersError: some answers are missing or wrong; nothing was stored.
    """
    with transaction() as session:
        page = _hold_form(session, slug, now)
        repeated = session.scalar(
            select(Application.id).where(
                Application.submission_token == submission_token, Application.form_id == page.form.id
            )
        )
        if repeated is not None:
            return Submitted(Outcome.REPEATED, repeated)
        if page.opening is not Opening.OPEN:
            raise ConflictError("This form does not take applications now.")
        checked = check_answers(page.questions, given)
        if checked.errors:
            raise RefusedAnswersError(checked.errors)
        if not checked.address:
            raise OperatorError("This form asks for no address, so nobody could be answered.")
        person = _find_or_make_person(session, checked, page.form.locale)
        known = session.scalar(
            select(Application).where(Application.form_id == page.form.id, Application.person_id == person.id)
        )
        if known is not None:
            return Submitted(Outcome.KNOWN, known.id, _send_again(known, page, now))
        return _store(session, page, person, checked, submission_token)


def _hold_form(session: Session, slug: str, now: datetime) -> FormPage:
    """Return the form, held until the end: who applies at the same moment waits, and is then known."""
    page = find_form_page(slug, now)
    if page is None:
        raise NotFoundError("There is no such form.")
    session.refresh(page.form, with_for_update=True)
    held = find_form_page(slug, now)
    if held is None:
        raise NotFoundError("There is no such form.")
    return held


def _find_or_make_person(session: Session, checked: CheckedAnswers, locale: str) -> Person:
    """Return who has this address; a name that is known already is kept."""
    session.execute(
        insert(Person)
        .values(email=checked.address, name=checked.name, locale=locale)
        .on_conflict_do_nothing(index_elements=["email"])
    )
    person = find_person_by_address(checked.address)
    if person is None:
        raise ConflictError("That did not work. Please send the form once more.")
    if not person.name and checked.name:
        person.name = checked.name
    return person


def _store(
    session: Session, page: FormPage, person: Person, checked: CheckedAnswers, submission_token: str
) -> Submitted:
    """Write the application with its number, link, membership, consent and letter."""
    form = page.form
    number = session.scalars(
        update(Form)
        .where(Form.id == form.id)
        .values(last_number=Form.last_number + 1)
        .returning(Form.last_number)
        .execution_options(synchronize_session=False)
    ).one()
    row = Application(
        programme_id=form.programme_id,
        event_id=form.event_id,
        form_id=form.id,
        number=number,
        person_id=person.id,
        answers=checked.answers,
        form_revision=form.revision,
        locale=form.locale,
        submission_token=submission_token,
        token_version=1,
    )
    session.add(row)
    session.flush()
    row.token = seal_application(current_app.extensions["tokens"], row.id, row.token_version)
    session.execute(
        insert(Membership)
        .values(
            person_id=person.id,
            programme_id=form.programme_id,
            event_id=form.event_id,
            kind=MembershipKind.APPLICANT,
        )
        .on_conflict_do_nothing()
    )
    if checked.wants_newsletter and page.newsletter is not None:
        _ask_for_newsletter(session, page.newsletter, person, row, page)
    write_activity(
        "application.received",
        "application",
        row.id,
        actor_id=None,
        programme_id=row.programme_id,
        event_id=row.event_id,
        after="undecided",
        number=number,
    )
    return Submitted(Outcome.RECEIVED, row.id, _promise_letter(row, page, f"attend.received:{row.id}"))


def _ask_for_newsletter(
    session: Session, newsletter: NewsletterList, person: Person, row: Application, page: FormPage
) -> None:
    """Write down that a box was ticked. Nobody is subscribed before they confirm it by a letter."""
    source = f"application {row.number}, {page.event.name}"
    session.add(
        Consent(
            list_id=newsletter.id,
            person_id=person.id,
            deed="asked",
            place="application form",
            words=newsletter.consent_words,
            proof={"application_id": row.id, "event_id": row.event_id, "number": row.number},
        )
    )
    session.execute(
        insert(Subscription)
        .values(list_id=newsletter.id, person_id=person.id, source=source, locale=row.locale, asked_count=0)
        .on_conflict_do_nothing(index_elements=["list_id", "person_id"])
    )
    place = session.scalars(
        select(Subscription).where(Subscription.list_id == newsletter.id, Subscription.person_id == person.id)
    ).one()
    if place.state in (SubscriptionState.UNSUBSCRIBED, SubscriptionState.BOUNCED):
        move(
            place,
            SUBSCRIPTION_MACHINE,
            SubscriptionState.PENDING,
            source=source,
            asked_count=0,
            state_at=func.now(),
        )


def _send_again(known: Application, page: FormPage, now: datetime) -> bool:
    """Send an applicant their link once more; at most once an hour, whoever asks for it."""
    hour = now.strftime("%Y%m%d%H")
    return _promise_letter(known, page, f"attend.received:{known.id}:resend:{hour}")


def _promise_letter(row: Application, page: FormPage, key: str) -> bool:
    """Promise the letter that confirms an application; an application is not lost for want of one.

    Returns:
        Whether a letter will come.
    """
    questions = [as_asked(question) for question in find_questions(page.form.id, with_retired=True)]
    public_url = current_app.extensions["settings"].public_url
    errand = Errand(
        role="attend.received",
        programme_id=row.programme_id,
        event_id=row.event_id,
        constants=lambda locale: attend_constants(page.event, page.form, locale),
        locale=row.locale,
    )
    values = {
        "application.number": str(row.number),
        "application.answers": write_answers(questions, row.answers, translator(row.locale)),
        "application.status_link": status_link(public_url, row.token or ""),
    }
    with transaction() as session:
        session.flush()
        try:
            with session.begin_nested():
                posted = post_letters(errand, [Addressee(row.person_id, key, values)])
        except (StaffError, OperatorError) as error:
            log.error("no letter for an application", application=row.id, reason=error.message)
            write_activity(
                "application.letter_missing",
                "application",
                row.id,
                actor_id=None,
                programme_id=row.programme_id,
                event_id=row.event_id,
                comment=error.message,
            )
            return False
    return not posted.skipped
