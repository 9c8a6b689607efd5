"""What a form asks: kinds of questions, what Postroom takes from an answer, when a question is asked at all."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.core.errors import StaffError
from webapp.programme.domain.slugs import propose_slug

LONGEST_LABEL = 300  # characters
LONGEST_HELP = 1000
LONGEST_CHOICE = 200
MOST_CHOICES = 60
YES, NO = "yes", "no"

Given = Mapping[str, Sequence[str]]
"""Posted answers by key: every question may have several."""


class QuestionKind(StrEnum):
    """How an answer is given."""

    SHORT = "short"
    LONG = "long"
    CHOICE = "choice"
    MULTI = "multi"
    EMAIL = "email"
    NUMBER = "number"
    DATE = "date"
    BOOL = "bool"
    URL = "url"


CHOOSING = frozenset({QuestionKind.CHOICE, QuestionKind.MULTI})
CONDITIONAL_ON = CHOOSING | {QuestionKind.BOOL}  # what another question may depend on


class QuestionRole(StrEnum):
    """What Postroom itself takes from an answer."""

    NONE = "none"
    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    NEWSLETTER = "newsletter"
    CONSENT = "consent"


_ROLE_KINDS = {
    QuestionRole.NAME: {QuestionKind.SHORT},
    QuestionRole.EMAIL: {QuestionKind.EMAIL},
    QuestionRole.PHONE: {QuestionKind.SHORT},
    QuestionRole.NEWSLETTER: {QuestionKind.BOOL},
    QuestionRole.CONSENT: {QuestionKind.BOOL},
}
_ONLY_ONCE = {QuestionRole.NAME, QuestionRole.EMAIL, QuestionRole.PHONE, QuestionRole.NEWSLETTER}


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is asked only where the answer to another one is among these.

    Args:
        question: the other one's key.
        values: one of these is enough; ``yes`` and ``no`` of a tick box.
    """

    question: str
    values: tuple[str, ...]

    def as_stored(self) -> dict[str, object]:
        """Return the condition as the row keeps it."""
        return {"question": self.question, "values": list(self.values)}


def read_condition(stored: Mapping[str, object] | None) -> Condition | None:
    """Return a row's condition."""
    if not stored:
        return None
    values = stored.get("values")
    return Condition(
        str(stored.get("question", "")),
        tuple(str(value) for value in values) if isinstance(values, list | tuple) else (),
    )


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as it is asked.

    Args:
        key: under which answers are kept; it never changes.
        label: the question.
        help: a sentence below it, or "".
        kind: how it is answered.
        choices: of a choice, in order.
        is_required: an application without an answer is refused.
        role: what Postroom takes from it.
        condition: when it is asked; None is always.
        is_hidden_from_reviewers: reviewers do not see the answer.
    """

    key: str
    label: str
    kind: QuestionKind = QuestionKind.SHORT
    help: str = ""
    choices: tuple[str, ...] = ()
    is_required: bool = False
    role: QuestionRole = QuestionRole.NONE
    condition: Condition | None = None
    is_hidden_from_reviewers: bool = False


def is_asked(question: Asked, questions: Sequence[Asked], given: Given) -> bool:
    """Say whether a question is asked of somebody who answered the others so.

    A condition on a question that is not on the form any more keeps nobody from being asked.
    """
    condition = question.condition
    if condition is None:
        return True
    other = next((q for q in questions if q.key == condition.question), None)
    if other is None:
        return True
    answers = [answer.strip() for answer in given.get(other.key, ()) if answer.strip()]
    if other.kind is QuestionKind.BOOL:
        answers = [YES if any(answer != NO for answer in answers) else NO]
    return not set(answers).isdisjoint(condition.values)


def propose_key(label: str, taken: Collection[str]) -> str:
    """Return a key for a new question: from its words, where they are Latin, and never one that was used."""
    words = propose_slug(label).split("-")[:4]
    base = "_".join(words)[:40].strip("_") or "question"
    number, key = 1, base
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return key


def read_choices(text: str) -> tuple[str, ...]:
    """Return the choices written one a line, each once."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in lines if line))


def check_question(question: Asked, others: Sequence[Asked]) -> Asked:
    """Return a question as it may stand beside the others.

    Args:
        question: as staff wrote it.
        others: the other questions that the form asks.

    Raises:
        StaffError: it cannot be asked so; the field is label, help, kind, choices, role or condition.
    """
    if not question.label:
        raise StaffError("Write the question.", field="label")
    if len(question.label) > LONGEST_LABEL:
        raise StaffError(f"At most {LONGEST_LABEL} characters, please.", field="label")
    if len(question.help) > LONGEST_HELP:
        raise StaffError(f"At most {LONGEST_HELP} characters, please.", field="help")
    if question.kind in CHOOSING:
        _check_choices(question.choices)
    _check_role(question, others)
    _check_condition(question, others)
    return question


def _check_choices(choices: tuple[str, ...]) -> None:
    if len(choices) < 2:
        raise StaffError("Write at least two choices, one a line.", field="choices")
    if len(choices) > MOST_CHOICES:
        raise StaffError(f"At most {MOST_CHOICES} choices, please.", field="choices")
    if any(len(choice) > LONGEST_CHOICE for choice in choices):
        raise StaffError(f"A choice has at most {LONGEST_CHOICE} characters.", field="choices")


def _check_role(question: Asked, others: Sequence[Asked]) -> None:
    kinds = _ROLE_KINDS.get(question.role)
    if kinds and question.kind not in kinds:
        wanted = " or ".join(sorted(kinds))
        raise StaffError(f"What is taken as {question.role} has to be of the kind “{wanted}”.", field="kind")
    if question.role in _ONLY_ONCE and any(other.role == question.role for other in others):
        raise StaffError(f"The form has a question for {question.role} already.", field="role")
    if question.role is QuestionRole.EMAIL and (not question.is_required or question.condition):
        raise StaffError(
            "The address has to be asked of everybody and cannot be left out: letters go there.", field="role"
        )


def _check_condition(question: Asked, others: Sequence[Asked]) -> None:
    depending = [o for o in others if o.condition and o.condition.question == question.key]
    if depending and (question.condition or question.kind not in CONDITIONAL_ON):
        raise StaffError(
            f"“{depending[0].label}” is asked only after an answer to this one, so this one has to be a choice"
            " that everybody is asked.",
            field="condition" if question.condition else "kind",
        )
    if question.condition is None:
        return
    other = next((o for o in others if o.key == question.condition.question), None)
    if other is None or other.kind not in CONDITIONAL_ON:
        raise StaffError("Choose another question of this form that offers choices.", field="condition")
    if other.condition is not None:
        raise StaffError(
            f"“{other.label}” is itself not asked of everybody. Choose a question that is.", field="condition"
        )
    offered = {YES, NO} if other.kind is QuestionKind.BOOL else set(other.choices)
    wrong = [value for value in question.condition.values if value not in offered]
    if wrong or not question.condition.values:
        raise StaffError(
            f"Write which answers to “{other.label}” are meant, one a line: {', '.join(sorted(offered))}.",
            field="condition_values",
        )
