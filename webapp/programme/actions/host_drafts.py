"""Keep an application to host while it is typed, step by step, and send it when it is whole."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.core.errors import NotFoundError
from webapp.core.transaction import transaction
from webapp.core.words import as_stored
from webapp.programme.actions.host_submit import (
    HostSubmission,
    Organizer,
    Submitted,
    submit_host_application,
)
from webapp.programme.domain.host_questions import questions_for
from webapp.programme.domain.host_rules import HostRefusedError, read_partial_date
from webapp.programme.domain.host_steps import HostStep, step_of
from webapp.programme.models.host_application import HostDraft
from webapp.programme.queries.host_drafts import (
    DONE,
    KEPT_FOR,
    REFUSALS,
    KeptDraft,
    find_draft,
    hash_of,
)

GONE = "This draft is not kept any more. Begin again."


def begin_draft(*, programme_id: int, locale: str, now: datetime) -> str:
    """Begin a draft and throw away those that nobody has touched for a month.

    Args:
        programme_id: to whom it is to go.
        locale: in which it is filled in.
        now: when.

    Returns:
        The token for the browser; only its hash is stored.
    """
    token = secrets.token_urlsafe(24)
    with transaction() as session:
        tidy_drafts(now=now)
        session.add(
            HostDraft(
                token=hash_of(token), programme_id=programme_id, locale=locale, created_at=now, updated_at=now
            )
        )
    return token


def tidy_drafts(*, now: datetime) -> None:
    """Throw away the drafts that nobody has touched for a month."""
    with transaction() as session:
        session.execute(delete(HostDraft).where(HostDraft.updated_at <= now - KEPT_FOR))


def keep_step(*, token: str, step: HostStep, words: Mapping[str, Any], is_done: bool, now: datetime) -> None:
    """Keep what was typed on a step, whether it is filled in well or not.

    Args:
        token: the browser's.
        step: which.
        words: by field.
        is_done: it is filled in well; what it was refused for is then forgotten.
        now: when.

    Raises:
        NotFoundError: there is no such draft, or it was sent.
    """
    with transaction() as session:
        row = _hold(session, token)
        if row.application_id is not None:
            raise NotFoundError(GONE)
        done = {*row.answers.get(DONE, [])} - {step.value}
        refusals = row.answers.get(REFUSALS, {})
        if is_done:
            done.add(step.value)
            refusals = {field: why for field, why in refusals.items() if step_of(field) is not step}
        row.answers = {**row.answers, step.value: dict(words), DONE: sorted(done), REFUSALS: refusals}
        row.updated_at = now


def send_draft(*, token: str, programme_id: int, now: datetime) -> Submitted:
    """Send what was typed as an application; sent twice it is one.

    Args:
        token: the browser's.
        programme_id: to whom.
        now: when.

    Raises:
        NotFoundError: there is no such draft, or nobody can apply there now.
        HostRefusedError: what is wrong with it; it is kept, so that each step shows what belongs to it.
    """
    draft = find_draft(token, programme_id, now)
    if draft is None:
        raise NotFoundError(GONE)
    try:
        done = submit_host_application(submission=_read(draft), now=now)
    except HostRefusedError as error:
        with transaction() as session:
            row = _hold(session, token)
            row.answers = {**row.answers, REFUSALS: {r.field: as_stored(r.sentence) for r in error.refusals}}
        raise
    with transaction() as session:
        row = _hold(session, token)
        # The words are in the application now; a second copy would only be forgotten when people are erased.
        row.application_id, row.answers, row.updated_at = done.application_id, {}, now
    return done


def _hold(session: Session, token: str) -> HostDraft:
    """Return a draft's row, held until the transaction ends."""
    row = session.scalar(
        select(HostDraft)
        .where(HostDraft.token == hash_of(token))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError(GONE)
    return row


def _read(draft: KeptDraft) -> HostSubmission:
    """Return what was typed as it is sent: without answers to what this team is not asked."""
    before, place = draft.words[HostStep.RETURNING], draft.words[HostStep.PLACE]
    kind = place.get("format", "")
    answers = {
        question.key: str(draft.words[step].get(question.key, ""))
        for step in (HostStep.ABOUT, HostStep.PLACE)
        for question in questions_for(step.value, is_returning=draft.is_returning, format=kind)
    }
    event = before.get("previous_event", "") if draft.is_returning else ""
    return HostSubmission(
        programme_id=draft.programme_id,
        submission_token=draft.submission_token,
        organizers=tuple(
            Organizer(one["email"], one["name"]) for one in draft.words[HostStep.ORGANIZERS]["organizers"]
        ),
        city=place.get("city", ""),
        country=place.get("country", ""),
        proposed=read_partial_date(place["date_year"], place["date_month"], place["date_day"]),
        answers=answers,
        format=kind,
        is_returning=draft.is_returning,
        claimed_event_id=int(event) if event else None,
        locale=draft.locale,
    )
