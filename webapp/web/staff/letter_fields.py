"""What the composer offers: merge fields in groups with an example each, and layouts to choose from."""

from webapp.mail.domain.layouts import Layout
from webapp.mail.domain.merge_fields import (
    MERGE_FIELDS,
    OPT_OUT_LINK,
    FieldKind,
    Fields,
    MergeField,
    declared_fields,
)
from webapp.mail.domain.tags import MARK, TagKind
from webapp.mail.domain.template import parse
from webapp.mail.queries.layouts import list_layouts

GROUPS = {
    "person": "Whoever reads it",
    "registration": "Their registration",
    "event": "The event",
    "programme": "The programme",
    "sender": "Whoever sends it",
    "letter": "This letter",
    "host": "Application to host",
    "application": "Application",
    "rsvp": "Invitation",
    "invite": "Account",
    "mailbox": "Mailbox",
    "desk": "Staff pages",
    "organizers": "Organizers",
    "numbers": "After the event",
    "digest": "Summary",
    "contact": "Contact form",
    "form": "Application form",
    "newsletter": "Newsletter",
}
SUGGESTED = {"person.name": "friend", "person.greeting": "there"}
"""Fallbacks that are offered; for the other fields nobody can guess one."""


def field_groups(fields: Fields | None = None) -> list[dict[str, object]]:
    """Return the merge fields that staff may put into a letter, in groups, as page and scripts show them.

    Args:
        fields: those that a letter by role may name; None is for a letter to an audience.
    """
    groups: dict[str, list[dict[str, object]]] = {}
    for name, field in (declared_fields() if fields is None else fields).items():
        if name != OPT_OUT_LINK.name:  # the footer has it; a second one only confuses
            groups.setdefault(name.partition(".")[0], []).append(_shown(field))
    known = [key for key in GROUPS if key in groups]
    others = [key for key in groups if key not in GROUPS]
    return [
        {"key": key, "label": GROUPS.get(key, key.capitalize()), "fields": groups[key]}
        for key in (*known, *others)
    ]


def _shown(field: MergeField) -> dict[str, object]:
    return {
        "name": field.name,
        "label": field.label.removeprefix("Registration: "),
        "example": field.example,
        "kind": str(field.kind),
        "isConstant": field.is_constant,
        "isLink": field.kind is FieldKind.URL,
        "suggested": SUGGESTED.get(field.name, ""),
    }


def layouts_shown() -> list[dict[str, object]]:
    """Return the layouts with their slots, as page and scripts show them."""
    return [_layout_shown(layout) for layout in list_layouts()]


def _layout_shown(layout: Layout) -> dict[str, object]:
    return {
        "key": layout.key,
        "title": layout.title,
        "isWhole": layout.is_whole_document,
        "slots": [
            {"name": slot.name, "label": slot.label, "isRequired": slot.is_required} for slot in layout.slots
        ],
    }


def readable(source: str) -> str:
    """Return a line with tags as people read it: “News of [Event]”; conditions are left out, their words stay."""
    template = parse(source)

    def label(number: int) -> str:
        tag = template.tags[number]
        if tag.kind is not TagKind.VALUE or not tag.field:
            return ""
        return f"[{MERGE_FIELDS.get(tag.field).label if tag.field in MERGE_FIELDS else tag.field}]"

    return " ".join(MARK.sub(lambda found: label(int(found[1])), template.marked).split())
