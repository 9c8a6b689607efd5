"""Forms of the pages on which people are imported."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired

from webapp.people.domain.import_columns import DETAIL, LABELS, LEAVE_OUT
from webapp.people.models.membership import MembershipKind
from webapp.web.forms.select import SelectField

NOWHERE = "none"
Choices = list[tuple[str, str]]


class NewImportForm(FlaskForm):  # type: ignore[misc]  # published without types
    """A file or pasted addresses, and where the people belong."""

    file = FileField(
        "A file",
        description="CSV or Excel (.xlsx), up to 64 MB, with any columns: you say next what each one means.",
    )
    text = TextAreaField(
        "Or paste addresses",
        description="One a line, or with commas or semicolons between them. “Ada Lovelace <ada@example.org>” "
        "works, too, and so do cells copied from a spreadsheet.",
    )
    place = SelectField("They belong to", [InputRequired("Choose where the people belong.")])
    kind = RadioField(
        "As what",
        choices=[
            (MembershipKind.REGISTERED.value, "registered for the event"),
            (MembershipKind.ORGANIZER.value, "its organizers"),
        ],
        default=MembershipKind.REGISTERED.value,
        description="Only counts for an event.",
        validate_choice=True,
    )


def place_choices(
    events: Sequence[tuple[int, str, str]], programmes: Sequence[tuple[int, str]]
) -> dict[str, Choices]:
    """Return where people may belong, in groups.

    Args:
        events: (id, name, programme's name).
        programmes: (id, name) of those seen whole.
    """
    # Nothing is chosen beforehand: the first event of the list is hardly ever the right one.
    groups: dict[str, Choices] = {"Choose": [("", "Where do they belong?")]}
    for key, name, programme in events:
        groups.setdefault(f"An event of {programme}", []).append((f"event-{key}", name))
    if programmes:
        groups["A newsletter"] = [(f"programme-{key}", f"Newsletter of {name}") for key, name in programmes]
    groups["Nowhere yet"] = [(NOWHERE, "Only make them known, to write to them once")]
    return groups


def target_choices(target: str, own: str, usual: dict[str, str]) -> dict[str, Choices]:
    """Return what a column may mean, in groups.

    Args:
        target: what it means now; always among them.
        own: the target under which the column's values would be kept by its own name.
        usual: names of details by key, for which letters have merge fields.
    """
    kept = {f"{DETAIL}{key}": f"{label} (can be used in letters)" for key, label in usual.items()}
    for detail in (own, target):
        if detail.startswith(DETAIL) and detail not in kept:
            kept[detail] = f"Keep as “{detail.removeprefix(DETAIL)}”"
    return {
        "": [(LEAVE_OUT, LABELS[LEAVE_OUT])],
        "About the person": [(key, label) for key, label in LABELS.items() if key != LEAVE_OUT],
        "Kept beside the registration": list(kept.items()),
    }
