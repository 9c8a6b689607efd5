"""The questions that a new form begins with; organizers keep, change and add to them."""

from collections.abc import Callable
from dataclasses import replace

from webapp.core.words import say
from webapp.programme.domain.attend_questions import Asked, QuestionKind, QuestionRole


def default_questions(
    locale: str, event_word: str = "workshop", put: Callable[[str], str] = str
) -> tuple[Asked, ...]:
    """Return the questions of a new form.

    Args:
        locale: of the form.
        event_word: what the programme calls an event: a workshop, a course. It is in the programme's language, and
            other languages bend words; so only English questions name it.
        put: puts our words into the form's language.
    """
    is_english = locale.replace("_", "-").split("-")[0].lower() == "en"
    asked = (*_who(), *_experience(), *_reasons(), *_agreements())
    if is_english:
        named = _naming(event_word)
        return tuple(replace(one, label=named.get(one.key, one.label)) for one in asked)
    return tuple(
        replace(one, label=put(one.label), help=put(one.help), choices=tuple(map(put, one.choices)))
        for one in asked
    )


def _naming(event_word: str) -> dict[str, str]:
    """Return the questions, by key, that name what kind of event it is."""
    return {
        "why": f"Why do you want to come to this {event_word}?",
        "heard_from": f"Where did you hear of this {event_word}?",
        "data_consent": f"My answers may be stored and read by those who prepare this {event_word}",
        "code_of_conduct": f"I have read the {event_word}'s code of conduct and will keep to it",
    }


def _who() -> tuple[Asked, ...]:
    """Return the questions about the person."""
    return (
        Asked(
            "name",
            say("What is your name?"),
            role=QuestionRole.NAME,
            is_required=True,
            is_hidden_from_reviewers=True,
        ),
        Asked(
            "email",
            say("Your e-mail address"),
            QuestionKind.EMAIL,
            say("We write to this address and to no other, so look at it twice."),
            role=QuestionRole.EMAIL,
            is_required=True,
            is_hidden_from_reviewers=True,
        ),
        Asked(
            "phone",
            say("Your phone number"),
            help=say("With the country code. We call only when something changes on the very day."),
            role=QuestionRole.PHONE,
            is_hidden_from_reviewers=True,
        ),
        Asked(
            "travelling_from",
            say("Where would you come from?"),
            help=say("City and country."),
            is_required=True,
        ),
        Asked("age", say("How old are you?"), QuestionKind.NUMBER, is_hidden_from_reviewers=True),
    )


def _experience() -> tuple[Asked, ...]:
    """Return the questions about what they know and have."""
    return (
        Asked(
            "operating_system",
            say("Which operating system does your computer have?"),
            QuestionKind.CHOICE,
            choices=("Windows", "macOS", "Linux", say("I have no computer to bring"), say("I do not know")),
            is_required=True,
        ),
        Asked(
            "experience",
            say("What do you know of programming so far?"),
            QuestionKind.MULTI,
            say("Choose all that fits. Nothing is a fine answer."),
            (
                say("I am a complete beginner"),
                say("I have tried some lessons online"),
                say("I have made a web page"),
                say("I have written small programs"),
                say("I work as a programmer"),
            ),
            is_required=True,
        ),
        Asked("experience_details", say("If you have some experience, tell us about it"), QuestionKind.LONG),
        Asked(
            "occupation",
            say("What do you do at present?"),
            help=say("Work, studies, family, anything."),
            is_required=True,
        ),
    )


def _reasons() -> tuple[Asked, ...]:
    """Return the questions about why they come."""
    return (
        Asked("why", say("Why do you want to come?"), QuestionKind.LONG, is_required=True),
        Asked(
            "sharing",
            say("How do you plan to use or pass on what you learn?"),
            QuestionKind.LONG,
        ),
        Asked(
            "heard_from",
            say("Where did you hear of it?"),
            QuestionKind.CHOICE,
            choices=(
                say("From a friend"),
                say("At school or at work"),
                say("On social media"),
                say("In the news"),
                say("Elsewhere"),
            ),
        ),
    )


def _agreements() -> tuple[Asked, ...]:
    """Return the boxes to tick."""
    return (
        Asked(
            "data_consent",
            say("My answers may be stored and read by those who prepare the event"),
            QuestionKind.BOOL,
            say("They are used for choosing participants and for nothing else."),
            role=QuestionRole.CONSENT,
            is_required=True,
        ),
        Asked(
            "code_of_conduct",
            say("I have read the code of conduct and will keep to it"),
            QuestionKind.BOOL,
            role=QuestionRole.CONSENT,
            is_required=True,
        ),
        Asked(
            "newsletter",
            say("I would like to get the newsletter as well"),
            QuestionKind.BOOL,
            say("Nothing comes before you have confirmed it by a letter that we send."),
            role=QuestionRole.NEWSLETTER,
            is_hidden_from_reviewers=True,
        ),
    )
