"""The blanks in a letter: what each is called, what it holds, and how far its value may be trusted."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.core.registry import Shelf


class FieldKind(StrEnum):
    """What a field holds; values always arrive as text, already written for the reader's locale."""

    TEXT = "text"
    URL = "url"
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"  # "" or None is no, anything else is yes
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class MergeField:
    """A blank that staff may put into a letter.

    Args:
        name: two words with a dot, lower case, for example ``person.name``.
        label: what the chip in the editor says.
        kind: what it holds.
        example: a value to show where there is no recipient yet.
        trusted: the value was written by staff or by us, not by somebody from outside. Only a trusted
            (or constant) field of kind URL may be the whole address of a link.
        is_constant: the same for every letter of a shoot; folded into the fixed parts when compiled.
        is_for_roles: only letters that Postroom writes by itself may name it (``letter_roles``); a letter of
            staff to an audience has no value for it.
    """

    name: str
    label: str
    kind: FieldKind
    example: str
    trusted: bool = False
    is_constant: bool = False
    is_for_roles: bool = False

    @property
    def may_be_link(self) -> bool:
        """Whether the value may be the whole address of a link or an image."""
        return self.kind is FieldKind.URL and (self.trusted or self.is_constant)


Fields = Mapping[str, MergeField]

MERGE_FIELDS: Shelf[MergeField] = Shelf("merge field")


def register_field(field: MergeField) -> MergeField:
    """Put a field on the shelf under its own name.

    Raises:
        ValueError: the name is taken.
    """
    return MERGE_FIELDS.put(field.name, field)


def declared_fields() -> dict[str, MergeField]:
    """Return the fields that staff may put into a letter to an audience, by name, in order of registration."""
    return {name: field for name, field in MERGE_FIELDS.items() if not field.is_for_roles}


# Every footer needs these three. The first is mail's own: each recipient's comes with their letter, and its value
# is never looked up. The other two are constants that the catalog registers.
OPT_OUT_LINK = register_field(
    MergeField(
        "opt_out.link",
        "Opt-out link",
        FieldKind.URL,
        "https://post.example.org/opt-out/example",
        trusted=True,
    )
)
LETTER_REASON = "letter.reason"
POSTAL_ADDRESS = "programme.postal_address"
