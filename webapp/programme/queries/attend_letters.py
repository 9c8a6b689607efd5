"""Values of the merge fields that are the same in all letters to the applicants of an event."""

from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import letter_constants


def attend_constants(event: Event, form: Form | None, locale: str) -> dict[str, str]:
    """Return what the constant fields mean in a letter to applicants of an event.

    Args:
        event: theirs.
        form: by which they applied; it has the organizers' own words.
        locale: of the letter.
    """
    return {
        **letter_constants(event.programme_id, event.id, locale),
        "form.confirmation": form.confirmation if form else "",
    }
