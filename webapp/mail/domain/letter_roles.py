"""Letters that Postroom writes by itself: what each is for, what it may name and what it must name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from webapp.core.registry import Shelf
from webapp.mail.domain.merge_fields import MERGE_FIELDS, Fields


@dataclass(frozen=True, slots=True)
class LetterRole:
    """One such letter. Its words are a template that staff may edit for a programme or an event.

    Args:
        name: who and what, for example ``attend.accepted``.
        label: what staff call it.
        description: when it goes out and to whom, in a sentence.
        fields: merge fields that only such letters may name, beside those of every letter.
        required: fields that its words must name, or the letter is worthless.
        is_bulk: it obeys opt-outs and carries the link; other letters by cause are essential.
        is_of_event: it goes out for an event, which may have words of its own; others are the programme's.
    """

    name: str
    label: str
    description: str
    fields: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    is_bulk: bool = False
    is_of_event: bool = True

    def declared(self) -> Fields:
        """Return the merge fields that its words may name."""
        return {
            name: field
            for name, field in MERGE_FIELDS.items()
            if not field.is_for_roles or name in self.fields or name in self.required
        }


LETTER_ROLES: Shelf[LetterRole] = Shelf("letter")


def register_role(role: LetterRole) -> LetterRole:
    """Put a role on the shelf under its own name.

    Raises:
        ValueError: the name is taken.
    """
    return LETTER_ROLES.put(role.name, role)


def label_roles(names: Iterable[str]) -> str:
    """Return what staff call letters of these roles, separated by commas; those of no role are letters."""
    labels = [LETTER_ROLES.get(name).label for name in names if name in LETTER_ROLES]
    return ", ".join(labels) or "Letters"


Values = Mapping[str, str | None]
