"""Begin the form of an event, and change its words, its times and what it asks."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func

from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.core.words import translator
from webapp.mail.queries.letters import find_senders
from webapp.people.domain.locale_names import check_locale
from webapp.people.domain.scope import Scope
from webapp.programme.domain.attend_defaults import default_questions
from webapp.programme.domain.attend_forms import (
    LONGEST_CONFIRMATION,
    LONGEST_INTRO,
    check_times,
    clean_intro,
    read_form_time,
)
from webapp.programme.domain.attend_questions import Asked, QuestionRole, check_question, propose_key
from webapp.programme.models.activity import write_activity
from webapp.programme.models.form import Form, Question
from webapp.programme.queries.attend import (
    as_asked,
    find_answered_keys,
    find_questions,
    get_form,
    get_question,
)
from webapp.programme.queries.events import get_event

MOST_QUESTIONS = 80


@dataclass(frozen=True, slots=True)
class FormTexts:
    """What stands around the questions, as typed.

    Args:
        intro: HTML or plain text above them; cleaned before it is stored.
        confirmation: the organizers' words in the letter that confirms an application.
        opens, closes: ``2027-03-06T18:00`` on the clocks of the event's place, or "". Without both it is closed.
        locale: the language of the form.
        is_blind: reviewers see the scores of others only after their own.
    """

    intro: str = ""
    confirmation: str = ""
    opens: str = ""
    closes: str = ""
    locale: str = "en"
    is_blind: bool = True


def create_form(*, scope: Scope, event_id: int) -> int:
    """Begin the form of an event with the usual questions; it is closed until it is given times.

    Returns:
        the form's id.

    Raises:
        NotFoundError: the event is not for this member of staff.
        StaffError: it has a form already.
    """
    event = get_event(scope, event_id)
    with transaction() as session:
        form = Form(event_id=event.id, programme_id=event.programme_id, locale=event.locale)
        usual = default_questions(event.locale, event.programme.event_word, translator(event.locale))
        with refusing("uq_forms_event_id", StaffError("This event has a form already.")):
            session.add(form)
        for position, asked in enumerate(usual):
            session.add(_row_of(form.id, asked, position))
        _note("form.created", scope, form)
        return form.id


def change_form(*, scope: Scope, event_id: int, texts: FormTexts) -> None:
    """Change the words around a form and when it is open.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: something is wrong with what was typed, or it would open where no letter can come from;
            its field is that of ``FormTexts``.
    """
    with transaction() as session:
        form = get_form(scope, event_id, for_update=True)
        zone = get_event(scope, event_id).timezone
        opens_at = read_form_time(texts.opens, zone, field="opens", is_closing=False)
        closes_at = read_form_time(texts.closes, zone, field="closes", is_closing=True)
        check_times(opens_at, closes_at)
        _require_sender(form, opens_at, closes_at)
        for field, text, limit in (
            ("intro", texts.intro, LONGEST_INTRO),
            ("confirmation", texts.confirmation, LONGEST_CONFIRMATION),
        ):
            if len(text) > limit:
                raise StaffError(f"At most {limit:,} characters, please.", field=field)
        values: dict[str, object] = {
            "intro": clean_intro(texts.intro),
            "confirmation": texts.confirmation.replace("\r\n", "\n").strip(),
            "opens_at": opens_at,
            "closes_at": closes_at,
            "locale": check_locale(texts.locale),
            "is_blind": texts.is_blind,
        }
        changed = sorted(name for name, value in values.items() if getattr(form, name) != value)
        for name in changed:
            setattr(form, name, values[name])
        if changed:
            form.updated_at = func.now()
            session.flush()
            _note("form.changed", scope, form, fields=changed, **_times(opens_at, closes_at))


def _require_sender(form: Form, opens_at: datetime | None, closes_at: datetime | None) -> None:
    """Refuse to open a form whose applicants could not be written to; to close one earlier is always allowed."""
    before, after = (form.opens_at, form.closes_at), (opens_at, closes_at)
    if after in {before, (None, None)}:
        return
    was_ever_open = before != (None, None)
    is_earlier_end = closes_at is not None and (form.closes_at is None or closes_at <= form.closes_at)
    if was_ever_open and opens_at == form.opens_at and is_earlier_end:
        return
    if not find_senders(form.programme_id, form.event_id):
        raise StaffError(
            "Applicants get a letter that confirms what they sent, and there is no sender for it. Ask an"
            " administrator to add one under Settings, Senders; then open the form.",
            field="opens" if opens_at is not None else "closes",
        )


def add_question(*, scope: Scope, event_id: int, question: Asked) -> int:
    """Ask one more question, at the end.

    Args:
        scope: who acts.
        event_id: whose form.
        question: what to ask; its key is proposed from its words.

    Returns:
        the question's id.

    Raises:
        NotFoundError: there is no form, or it is not for this member of staff.
        StaffError: it cannot be asked so.
    """
    with transaction() as session:
        form = get_form(scope, event_id, for_update=True)
        rows = find_questions(form.id, with_retired=True)
        live = [row for row in rows if row.retired_at is None]
        if len(live) >= MOST_QUESTIONS:
            raise StaffError(f"A form has at most {MOST_QUESTIONS} questions.")
        named = replace(question, key=propose_key(question.label, {row.key for row in rows}))
        checked = check_question(named, [as_asked(row) for row in live])
        row = _row_of(form.id, checked, max((row.position for row in rows), default=-1) + 1)
        session.add(row)
        session.flush()
        _count_up(form, scope, "form.question_added", key=row.key)
        return row.id


def change_question(*, scope: Scope, event_id: int, question_id: int, question: Asked) -> None:
    """Change how a question is asked. Its key stays, and so does its kind once somebody has answered.

    Raises:
        NotFoundError: there is no such question, or it is not for this member of staff.
        StaffError: it cannot be asked so.
    """
    with transaction() as session:
        form = get_form(scope, event_id, for_update=True)
        row = get_question(form, question_id)
        if row.retired_at is not None:
            raise StaffError("This question is not asked any more. Add a new one instead.")
        others = [as_asked(other) for other in find_questions(form.id) if other.id != row.id]
        if question.kind != row.kind and row.key in find_answered_keys(form.id):
            raise StaffError(
                "Somebody has answered this question, so its kind stays. Retire it and add a new one.",
                field="kind",
            )
        if row.role == QuestionRole.EMAIL and question.role is not QuestionRole.EMAIL:
            raise StaffError("The form needs an address to write to, so this stays as it is.", field="role")
        checked = check_question(replace(question, key=row.key), others)
        values = _values_of(checked)
        changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            session.flush()
            _count_up(form, scope, "form.question_changed", key=row.key, fields=changed)


def move_question(*, scope: Scope, event_id: int, question_id: int, is_up: bool) -> None:
    """Let a question change places with the one before or after it; at the end of the line nothing happens.

    Raises:
        NotFoundError: there is no such question, or it is not for this member of staff.
    """
    with transaction() as session:
        form = get_form(scope, event_id, for_update=True)
        get_question(form, question_id)
        rows = find_questions(form.id)
        here = next((place for place, row in enumerate(rows) if row.id == question_id), None)
        there = None if here is None else here - 1 if is_up else here + 1
        if here is None or there is None or not 0 <= there < len(rows):
            return
        rows[here], rows[there] = rows[there], rows[here]
        for position, row in enumerate(rows):
            row.position = position
        session.flush()
        _count_up(form, scope, "form.question_moved", key=rows[there].key)


def remove_question(*, scope: Scope, event_id: int, question_id: int) -> bool:
    """Ask a question no more. Once answered it is only retired, so that its answers keep their question.

    Returns:
        Whether it was only retired.

    Raises:
        NotFoundError: there is no such question, or it is not for this member of staff.
        StaffError: the form cannot do without it.
    """
    with transaction() as session:
        form = get_form(scope, event_id, for_update=True)
        row = get_question(form, question_id)
        if row.role == QuestionRole.EMAIL:
            raise StaffError("The form needs an address to write to, so this question stays.")
        for other in find_questions(form.id):
            asked = as_asked(other)
            if asked.condition and asked.condition.question == row.key:
                raise StaffError(
                    f"“{other.label}” is asked only after an answer to this one. Change that first."
                )
        if row.retired_at is not None:
            return True
        key, is_answered = row.key, row.key in find_answered_keys(form.id)
        if is_answered:
            row.retired_at = func.now()
        else:
            session.delete(row)
        session.flush()
        _count_up(form, scope, "form.question_retired" if is_answered else "form.question_removed", key=key)
        return is_answered


def _values_of(asked: Asked) -> dict[str, object]:
    """Return the columns of a question but its key."""
    return {
        "label": asked.label,
        "help": asked.help,
        "kind": asked.kind.value,
        "choices": list(asked.choices),
        "is_required": asked.is_required,
        "role": asked.role.value,
        "condition": asked.condition.as_stored() if asked.condition else None,
        "is_hidden_from_reviewers": asked.is_hidden_from_reviewers,
    }


def _row_of(form_id: int, asked: Asked, position: int) -> Question:
    return Question(form_id=form_id, key=asked.key, position=position, **_values_of(asked))


def _count_up(form: Form, scope: Scope, verb: str, **data: object) -> None:
    """Count the form's revision up: answers say to which one they were given."""
    form.revision += 1
    form.updated_at = func.now()
    _note(verb, scope, form, revision=form.revision, **data)


def _note(verb: str, scope: Scope, form: Form, **data: Any) -> None:
    write_activity(
        verb,
        "event",
        form.event_id,
        actor_id=scope.user_id,
        programme_id=form.programme_id,
        event_id=form.event_id,
        **data,
    )


def _times(opens_at: datetime | None, closes_at: datetime | None) -> dict[str, object]:
    """Return when it opens and closes as history keeps it."""
    return {
        "opens_at": opens_at.isoformat() if opens_at else None,
        "closes_at": closes_at.isoformat() if closes_at else None,
    }
