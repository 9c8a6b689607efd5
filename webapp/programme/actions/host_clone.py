"""What the next edition of an event takes from the one before: its form and its words, never what happened to it."""

from sqlalchemy import select

from webapp.core.database import db
from webapp.mail.actions.template_copy import copy_templates
from webapp.programme.domain.attend_questions import read_condition
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Event
from webapp.programme.queries.attend import find_questions

# Times and counters are left out on purpose: a form that is copied is closed, and its first applicant is number 1.
_FORM = ("intro", "confirmation", "locale", "is_blind")
_QUESTION = (
    "key",
    "label",
    "help",
    "kind",
    "choices",
    "is_required",
    "role",
    "is_hidden_from_reviewers",
)


def copy_edition(previous: Event, event: Event, *, author_id: int | None) -> dict[str, object]:
    """Copy form, questions and letter templates of an edition to the next; part of the open transaction.

    Retired questions stay behind, and so do opening times, numbers, senders and every record of mail.

    Args:
        previous: the edition before.
        event: the new one, stored, with nothing of its own yet.
        author_id: the member of staff who caused it.

    Returns:
        What the history shows: ``copied_question_count``, ``copied_letter_roles``.
    """
    roles = copy_templates(
        from_event_id=previous.id, event_id=event.id, programme_id=event.programme_id, author_id=author_id
    )
    return {
        "copied_question_count": _copy_form(previous.id, event),
        "copied_letter_roles": sorted(set(roles)),
    }


def _copy_form(previous_id: int, event: Event) -> int:
    """Copy the form of an event, if it has one, and return how many questions it asks."""
    source = db.session.scalar(select(Form).where(Form.event_id == previous_id))
    if source is None:
        return 0
    form = Form(
        event_id=event.id,
        programme_id=event.programme_id,
        **{name: getattr(source, name) for name in _FORM},
    )
    db.session.add(form)
    db.session.flush()
    questions = find_questions(source.id)
    keys = {question.key for question in questions}
    for position, question in enumerate(questions):
        condition = read_condition(question.condition)
        is_kept = condition is not None and condition.question in keys
        db.session.add(
            Question(
                form_id=form.id,
                position=position,
                condition=dict(question.condition or {}) if is_kept else None,
                **{name: getattr(question, name) for name in _QUESTION},
            )
        )
    db.session.flush()
    return len(questions)
