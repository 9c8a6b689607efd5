"""What staff wrote, and all that may be wrong with it."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

from webapp.mail.domain.faults import FAULT_LIMIT, Fault, fault_at, suggestion
from webapp.mail.domain.html_cleaning import BODY_LIMIT
from webapp.mail.domain.html_context import classify
from webapp.mail.domain.html_tokens import TokenKind, tokens
from webapp.mail.domain.layouts import Layout
from webapp.mail.domain.merge_fields import OPT_OUT_LINK, FieldKind, Fields
from webapp.mail.domain.template import Template, parse

SUBJECT_LIMIT = 300  # characters, tags included
PREHEADER_LIMIT = 300

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_BREAK = re.compile("[\r\n\t\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class LetterContent:
    """What staff wrote.

    Args:
        subject: one line; tags allowed.
        preheader: the line that inboxes show behind the subject; may be "".
        slots: HTML by name of the layout's slot; tags allowed.
        text: the text part as edited; None has it made from the HTML.
        locale: of the words, for example ``en`` or ``he-IL``.
    """

    subject: str
    preheader: str
    slots: Mapping[str, str]
    text: str | None
    locale: str


def check_letter(content: LetterContent, layout: Layout, fields: Fields, *, is_bulk: bool) -> list[Fault]:
    """Return all that must be put right before the letter can be marked as ready.

    Args:
        content: what staff wrote.
        layout: what it is put into.
        fields: the declared fields by name.
        is_bulk: bulk letters carry an opt-out link, essential ones must not.

    Returns:
        Faults in the order of the page, at most `FAULT_LIMIT`; an empty list says that it is sound.
    """
    oversized = _size_fault(content)
    if oversized is not None:
        return [oversized]
    faults = _line_faults("subject", content.subject, SUBJECT_LIMIT)
    if not content.subject.strip():
        faults.append(
            Fault("subject", 1, 1, "", "The subject is empty; say in a few words what this is about.")
        )
    faults += _line_faults("preheader", content.preheader, PREHEADER_LIMIT)
    places = [("subject", content.subject), ("preheader", content.preheader)]
    for place, source in places:
        faults += _template_faults(parse(source, place=place), fields, is_bulk=is_bulk)
    faults += _slot_faults(content, layout, fields, is_bulk=is_bulk)
    if content.text is not None:
        faults += _character_faults("text", content.text)
        faults += _template_faults(parse(content.text, place="text"), fields, is_bulk=is_bulk)
    return faults[:FAULT_LIMIT]


def _size_fault(content: LetterContent) -> Fault | None:
    size = sum(len(source.encode(errors="replace")) for source in content.slots.values())
    if size > BODY_LIMIT:
        message = f"The letter has {size:,} bytes of HTML; more than {BODY_LIMIT:,} cannot be sent."
        return Fault("slot:main", 1, 1, "", f"{message} Put pictures on a web page and link to them.")
    if content.text is not None and len(content.text.encode(errors="replace")) > BODY_LIMIT:
        return Fault(
            "text", 1, 1, "", f"The text part is longer than {BODY_LIMIT:,} bytes; please shorten it."
        )
    return None


def _line_faults(place: str, source: str, limit: int) -> list[Fault]:
    faults = _character_faults(place, source)
    found = _LINE_BREAK.search(source)
    if found is not None:
        message = f"The {place} is one line: take out the line break or tabulator here."
        faults.append(fault_at(place, source, found.start(), message))
    if len(source) > limit:
        message = f"The {place} has {len(source)} characters; {limit} is the most, and 60 are read."
        faults.append(fault_at(place, source, limit, message))
    return faults


def _character_faults(place: str, source: str) -> list[Fault]:
    found = _UNSENDABLE.search(source)
    if found is None:
        return []
    code = f"U+{ord(found[0]):04X}"
    message = f"There is an invisible character here that no letter can carry ({code}); delete it."
    line_start = source.rfind("\n", 0, found.start()) + 1
    excerpt = source[max(line_start, found.start() - 20) : found.start()]
    line = source.count("\n", 0, found.start()) + 1
    return [Fault(place, line, found.start() - line_start + 1, excerpt, message)]


def _slot_faults(content: LetterContent, layout: Layout, fields: Fields, *, is_bulk: bool) -> list[Fault]:
    faults: list[Fault] = []
    for slot in layout.slots:
        place = f"slot:{slot.name}"
        source = content.slots.get(slot.name, "")
        if slot.is_required and is_blank(source):
            faults.append(Fault(place, 1, 1, "", f"“{slot.label}” is empty; write the letter there."))
        faults += _character_faults(place, source)
        template = parse(source, place=place, is_html=True)
        faults += _template_faults(template, fields, is_bulk=is_bulk)
        if not template.faults:
            faults += classify(template, fields).faults
    known = {slot.name for slot in layout.slots}
    for name, source in content.slots.items():
        if name not in known and not is_blank(source):
            message = f"The layout “{layout.title}” has no place “{name}”; move these words or clear them."
            faults.append(fault_at(f"slot:{name}", source, 0, message))
    return faults


def _template_faults(template: Template, fields: Fields, *, is_bulk: bool) -> list[Fault]:
    """Return the faults of the language, unknown fields, and fields where they must not stand."""
    faults = list(template.faults)
    is_line = template.place in ("subject", "preheader")
    for tag in template.tags:
        name = tag.test.field if tag.test else tag.field
        message = ""
        if not name:
            continue
        if name not in fields:
            message = f"There is no field “{name}”.{suggestion(name, fields)}"
        elif name == OPT_OUT_LINK.name and not is_bulk:
            message = "This letter is essential and has no opt-out link; take this out, or send it as bulk."
        elif is_line and tag.field and fields[name].kind is FieldKind.URL:
            message = f"A link cannot stand in the {template.place}, where nobody can follow it."
        if message:
            length = tag.end - tag.start
            faults.append(fault_at(template.place, template.source, tag.start, message, length))
            if len(faults) >= FAULT_LIMIT:
                break
    return faults


def is_blank(source: str) -> bool:
    """Whether HTML shows nothing: no words, no field, no picture."""
    for token in tokens(source):
        if token.kind is TokenKind.TEXT and html.unescape(source[token.start : token.end]).strip():
            return False
        if token.kind is TokenKind.START and token.name == "img":
            return False
    return True
