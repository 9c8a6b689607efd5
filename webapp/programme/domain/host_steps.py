"""The steps of applying to host, in order, and which of them a field belongs to."""

from collections.abc import Collection
from enum import StrEnum

from webapp.core.words import say
from webapp.programme.domain.host_questions import HOST_QUESTIONS


class HostStep(StrEnum):
    """One page of the way."""

    RETURNING = "returning"
    ABOUT = "about"
    ORGANIZERS = "organizers"
    PLACE = "place"
    CHECK = "check"


STEP_TITLES = {
    HostStep.RETURNING: say("Start"),
    HostStep.ABOUT: say("About you"),
    HostStep.ORGANIZERS: say("Organizers"),
    HostStep.PLACE: say("Place and date"),
    HostStep.CHECK: say("Check and send"),
}

_STEP_OF_FIELD = {
    "previous_event": HostStep.RETURNING,
    **dict.fromkeys(("city", "country", "format", "date"), HostStep.PLACE),
    **{question.key: HostStep(question.step) for question in HOST_QUESTIONS},
}


def steps_for(*, is_returning: bool) -> tuple[HostStep, ...]:
    """Return the steps that a team goes through: those who organized before need not say who they are."""
    return tuple(step for step in HostStep if step is not HostStep.ABOUT or not is_returning)


def step_of(field: str) -> HostStep:
    """Return the step on which a field stands; what is unknown is told where the application is sent."""
    if field.partition("-")[0] == "organizers":
        return HostStep.ORGANIZERS
    return _STEP_OF_FIELD.get(field, HostStep.CHECK)


def first_undone(steps: Collection[HostStep], done: Collection[str]) -> HostStep:
    """Return the first step that is still to be done; with nothing to do, that of sending."""
    return next((step for step in steps if step not in done), HostStep.CHECK)
