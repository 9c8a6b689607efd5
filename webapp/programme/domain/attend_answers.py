"""Answers to a form, checked: what is stored, and a sentence for every question that was not answered well."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from webapp.core.errors import StaffError
from webapp.core.words import say
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.programme.domain.attend_questions import (
    NO,
    YES,
    Asked,
    Given,
    QuestionKind,
    QuestionRole,
    is_asked,
)

LONGEST_SHORT = 300  # characters
LONGEST_LONG = 10_000
LONGEST_NAME = 120
MOST_DIGITS = 15
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Answer = str | list[str]


@dataclass(frozen=True, slots=True)
class CheckedAnswers:
    """What somebody answered.

    Args:
        answers: by key, of the questions that were asked of them; "" and empty lists are left out.
        errors: a sentence by key, of the questions that have to be answered again.
        address: normalised, "" where the form asks for none or it was wrong.
        name: as written, "" where there is none.
        wants_newsletter: the box was ticked.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    address: str = ""
    name: str = ""
    wants_newsletter: bool = False


def check_answers(questions: Sequence[Asked], given: Given) -> CheckedAnswers:
    """Check everything that was posted; nothing stops at the first mistake.

    Args:
        questions: what the form asks, in its order.
        given: by key what was posted. Keys that are not asked are passed over.
    """
    answers: dict[str, Answer] = {}
    errors: dict[str, str] = {}
    for question in questions:
        if not is_asked(question, questions, given):
            continue
        try:
            answer = _check(question, [_clean(text) for text in given.get(question.key, ())])
        except StaffError as error:
            errors[question.key] = error.message
            continue
        if answer:
            answers[question.key] = answer
    by_role = {q.role: answers[q.key] for q in questions if q.key in answers}
    return CheckedAnswers(
        answers=answers,
        errors=errors,
        address=str(by_role.get(QuestionRole.EMAIL, "")),
        name=str(by_role.get(QuestionRole.NAME, "")),
        wants_newsletter=by_role.get(QuestionRole.NEWSLETTER) == YES,
    )


def _clean(text: str) -> str:
    """Return a text without what nobody can see, with one kind of line end."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _check(question: Asked, given: Sequence[str]) -> Answer:
    """Return the answer to one question as it is stored.

    Raises:
        StaffError: it is missing or not of the question's kind.
    """
    if question.kind is QuestionKind.BOOL:
        ticked = any(text and text != NO for text in given)
        if question.is_required and not ticked:
            raise StaffError(say("We need your agreement here. Tick the box to go on."))
        return YES if ticked else NO
    texts = list(dict.fromkeys(text for text in given if text))
    if question.kind is QuestionKind.MULTI:
        return _check_chosen(question, texts)
    text = texts[0] if texts else ""
    if not text:
        if question.is_required:
            raise StaffError(_MISSING.get(question.kind, _UNANSWERED))
        return ""
    return _READERS[question.kind](question, text)


_UNANSWERED = say("Please answer this question.")
_MISSING = {
    QuestionKind.CHOICE: say("Please choose one of these."),
    QuestionKind.EMAIL: say("Please write your address, for example ana@example.org."),
    QuestionKind.NUMBER: say("Please write a number."),
    QuestionKind.DATE: say("Please choose a day."),
    QuestionKind.URL: say("Please write a web address."),
}


def _check_chosen(question: Asked, texts: list[str]) -> list[str]:
    if question.is_required and not texts:
        raise StaffError(say("Please choose at least one of these."))
    if any(text not in question.choices for text in texts):
        raise StaffError(say("One of these is not offered any more. Please look at your choice again."))
    return texts


def _read_choice(question: Asked, text: str) -> str:
    if text not in question.choices:
        raise StaffError(say("This is not offered any more. Please choose again."))
    return text


def _read_short(question: Asked, text: str) -> str:
    line = normalise_name(text)
    limit = LONGEST_NAME if question.role is QuestionRole.NAME else LONGEST_SHORT
    if len(line) > limit:
        raise StaffError(_too_long(limit, len(line)))
    if not line:
        raise StaffError(_UNANSWERED)
    return line


def _too_long(limit: int, length: int) -> str:
    return say("At most %(limit)s characters, please; these are %(length)s.", limit=limit, length=length)


def _read_long(_question: Asked, text: str) -> str:
    if len(text) > LONGEST_LONG:
        raise StaffError(_too_long(LONGEST_LONG, len(text)))
    return text


def _read_email(_question: Asked, text: str) -> str:
    return normalise_address(text)


def _read_number(_question: Asked, text: str) -> str:
    try:
        number = Decimal(text.replace(" ", "").replace(",", "."))
    except InvalidOperation as error:
        raise StaffError(say("Please write a number, in digits.")) from error
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or len(text) > MOST_DIGITS * 2:
        raise StaffError(say("Please write a number with fewer digits."))
    return format(number.normalize(), "f")


def _read_date(_question: Asked, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise StaffError(say("Please write a day as year-month-day, for example 2027-03-06.")) from error


def _read_url(_question: Asked, text: str) -> str:
    wrong = StaffError(say("Please write a whole web address, for example https://example.org/me."))
    if len(text) > LONGEST_SHORT or any(c.isspace() for c in text):
        raise wrong
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in {"http", "https"} or not host or "." not in host:
        raise wrong
    return parts.geturl()


_READERS = {
    QuestionKind.SHORT: _read_short,
    QuestionKind.LONG: _read_long,
    QuestionKind.CHOICE: _read_choice,
    QuestionKind.EMAIL: _read_email,
    QuestionKind.NUMBER: _read_number,
    QuestionKind.DATE: _read_date,
    QuestionKind.URL: _read_url,
}


_TICKED, _UNTICKED = say("Yes"), say("No")


def show_answers(questions: Sequence[Asked], answers: Mapping[str, Answer]) -> list[tuple[str, str]]:
    """Return (question, answer) of what was answered, in the form's order; also of retired questions.

    Args:
        questions: all that the form asks or ever asked.
        answers: as stored.
    """
    shown = []
    for question in questions:
        answer = answers.get(question.key)
        if not answer:
            continue
        if isinstance(answer, list):
            text = ", ".join(answer)
        elif question.kind is QuestionKind.BOOL:
            text = _TICKED if answer == YES else _UNTICKED
        else:
            text = answer
        shown.append((question.label, text))
    return shown


def write_answers(
    questions: Sequence[Asked], answers: Mapping[str, Answer], put: Callable[[str], str] = str
) -> str:
    """Return the answers as lines for a letter, a question and its answer under each other.

    Args:
        questions, answers: as in ``show_answers``.
        put: puts our own words among them into the letter's language.
    """
    return "\n\n".join(f"{label}\n{put(text)}" for label, text in show_answers(questions, answers))
