"""The picker's form: rows of choices as they are posted, and the button that adds or removes one."""

from collections.abc import Mapping
from dataclasses import replace

from webapp.core.errors import StaffError
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.queries.segments import SEGMENTS

PARTS = ("include", "exclude")
CHOICE_LIMIT = 50  # choices in each part


def posted_audience(posted: Mapping[str, str]) -> Audience:
    """Return the choices of the form.

    Each is ``include-0`` with the segment's name and ``include-0.event`` and so on with its settings.

    Raises:
        StaffError: a row names no group that there is.
    """
    return Audience(*(_read_part(posted, part) for part in PARTS))


def _read_part(posted: Mapping[str, str], part: str) -> tuple[Choice, ...]:
    found: list[Choice] = []
    for index in range(CHOICE_LIMIT):
        name = posted.get(f"{part}-{index}")
        if name is None:
            continue
        segment = SEGMENTS.get(name)
        settings = {
            setting.name: posted.get(f"{part}-{index}.{setting.name}", "").replace("\x00", "")[:100]
            for setting in segment.settings
        }
        found.append(Choice(name, {key: value for key, value in settings.items() if value}))
    return tuple(found)


def changed_audience(audience: Audience, posted: Mapping[str, str]) -> Audience:
    """Return the choices after the button that was pressed: ``add=include:newsletter``, ``drop=exclude-0``.

    Raises:
        StaffError: there is no such group, or there are too many choices.
    """
    part, _, name = posted.get("add", "").partition(":")
    if part in PARTS:
        choices = getattr(audience, part)
        if len(choices) >= CHOICE_LIMIT:
            raise StaffError(f"More than {CHOICE_LIMIT} groups cannot be chosen.", field="audience")
        SEGMENTS.get(name)
        # A second row of the same group means something only once the first has been set to something.
        if Choice(name) in choices:
            return audience
        return replace(audience, **{part: (*choices, Choice(name))})
    part, _, index = posted.get("drop", "").rpartition("-")
    if part in PARTS and index.isascii() and index.isdigit():
        choices = getattr(audience, part)
        kept = tuple(choice for number, choice in enumerate(choices) if number != int(index))
        return replace(audience, **{part: kept})
    return audience
