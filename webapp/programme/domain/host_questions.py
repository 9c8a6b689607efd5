"""What people who apply to host are asked, in order: the page, the letter and the triage page name it alike."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.words import say

LONGEST_ANSWER = 10_000  # characters


@dataclass(frozen=True, slots=True)
class HostQuestion:
    """One question.

    Args:
        key: under which the answer is stored.
        label: as it is asked.
        step: of the wizard, ``about`` or ``place``.
        is_for_returning: teams that have organized before are asked as well.
        format: only of events ``in_person`` or ``remote``; "" is of both.
        is_required: it must be answered.
    """

    key: str
    label: str
    step: str
    is_for_returning: bool = True
    format: str = ""
    is_required: bool = False


HOST_QUESTIONS = (
    HostQuestion("about", say("Tell us about you"), "about", is_for_returning=False, is_required=True),
    HostQuestion(
        "why", say("Why do you want to organize it?"), "about", is_for_returning=False, is_required=True
    ),
    HostQuestion("involvement", say("How have you been involved so far?"), "about", is_for_returning=False),
    HostQuestion("experience", say("What have you organized before?"), "about", is_for_returning=False),
    HostQuestion("venue", say("Where could it take place?"), "place", format="in_person"),
    HostQuestion("tools", say("Which tools would you use?"), "place", format="remote"),
    HostQuestion("sponsorship", say("How would you find sponsors?"), "place"),
    HostQuestion("coaches", say("How would you find coaches?"), "place"),
    HostQuestion("diversity", say("How would you make everybody welcome?"), "place"),
    HostQuestion("additional", say("Is there anything else that we should know?"), "place"),
)


def questions_for(step: str, *, is_returning: bool, format: str) -> tuple[HostQuestion, ...]:
    """Return the questions of a step that are asked of this team for this kind of event."""
    return tuple(
        question
        for question in HOST_QUESTIONS
        if question.step == step
        and (question.is_for_returning or not is_returning)
        and question.format in {"", format}
    )


def answer_lines(answers: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return (question, answer) of what was answered, in the order in which it is asked."""
    labels = {question.key: question.label for question in HOST_QUESTIONS}
    known = [key for key in labels if answers.get(key)]
    others = [key for key in answers if key not in labels and answers[key]]
    return [(labels.get(key, key), str(answers[key])) for key in known + others]
