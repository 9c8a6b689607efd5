"""The questions that a new form begins with; organizers keep, change and add to them."""

from webapp.programme.domain.attend_questions import Asked, QuestionKind, QuestionRole


def default_questions(locale: str, event_word: str = "workshop") -> tuple[Asked, ...]:
    """Return the questions of a new form.

    Args:
        locale: of the form. The words are English so far, whatever it says; organizers write them in theirs.
        event_word: what the programme calls an event: a workshop, a course.
    """
    return (*_who(), *_experience(), *_reasons(event_word), *_agreements(event_word))


def _who() -> tuple[Asked, ...]:
    """Return the questions about the person."""
    return (
        Asked(
            "name",
            "What is your name?",
            role=QuestionRole.NAME,
            is_required=True,
            is_hidden_from_reviewers=True,
        ),
        Asked(
            "email",
            "Your e-mail address",
            QuestionKind.EMAIL,
            "We write to this address and to no other, so look at it twice.",
            role=QuestionRole.EMAIL,
            is_required=True,
            is_hidden_from_reviewers=True,
        ),
        Asked(
            "phone",
            "Your phone number",
            help="With the country code. We call only when something changes on the very day.",
            role=QuestionRole.PHONE,
            is_hidden_from_reviewers=True,
        ),
        Asked("travelling_from", "Where would you come from?", help="City and country.", is_required=True),
        Asked("age", "How old are you?", QuestionKind.NUMBER, is_hidden_from_reviewers=True),
    )


def _experience() -> tuple[Asked, ...]:
    """Return the questions about what they know and have."""
    return (
        Asked(
            "operating_system",
            "Which operating system does your computer have?",
            QuestionKind.CHOICE,
            choices=("Windows", "macOS", "Linux", "I have no computer to bring", "I do not know"),
            is_required=True,
        ),
        Asked(
            "experience",
            "What do you know of programming so far?",
            QuestionKind.MULTI,
            "Choose all that fits. Nothing is a fine answer.",
            (
                "I am a complete beginner",
                "I have tried some lessons online",
                "I have made a web page",
                "I have written small programs",
                "I work as a programmer",
            ),
            is_required=True,
        ),
        Asked("experience_details", "If you have some experience, tell us about it", QuestionKind.LONG),
        Asked(
            "occupation",
            "What do you do at present?",
            help="Work, studies, family, anything.",
            is_required=True,
        ),
    )


def _reasons(event_word: str) -> tuple[Asked, ...]:
    """Return the questions about why they come."""
    return (
        Asked("why", f"Why do you want to come to this {event_word}?", QuestionKind.LONG, is_required=True),
        Asked(
            "sharing",
            "How do you plan to use or pass on what you learn?",
            QuestionKind.LONG,
        ),
        Asked(
            "heard_from",
            f"Where did you hear of this {event_word}?",
            QuestionKind.CHOICE,
            choices=("From a friend", "At school or at work", "On social media", "In the news", "Elsewhere"),
        ),
    )


def _agreements(event_word: str) -> tuple[Asked, ...]:
    """Return the boxes to tick."""
    return (
        Asked(
            "data_consent",
            f"My answers may be stored and read by those who prepare this {event_word}",
            QuestionKind.BOOL,
            "They are used for choosing participants and for nothing else.",
            role=QuestionRole.CONSENT,
            is_required=True,
        ),
        Asked(
            "code_of_conduct",
            f"I have read the {event_word}'s code of conduct and will keep to it",
            QuestionKind.BOOL,
            role=QuestionRole.CONSENT,
            is_required=True,
        ),
        Asked(
            "newsletter",
            "I would like to get the newsletter as well",
            QuestionKind.BOOL,
            "Nothing comes before you have confirmed it by a letter that we send.",
            role=QuestionRole.NEWSLETTER,
            is_hidden_from_reviewers=True,
        ),
    )
