"""What the page posts on which words of a letter by role are written."""

from collections.abc import Mapping
from dataclasses import replace

from webapp.core.errors import StaffError
from webapp.mail.domain.html_cleaning import BODY_LIMIT
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.queries.layouts import get_layout, list_layouts
from webapp.web.forms.letters import LINE_LIMIT, REASON_LIMIT, SLOT, one_line, storable


def read_template(known: LetterText, posted: Mapping[str, str], locale: str) -> LetterText:
    """Return words after what was posted; what was not posted stays as it is known.

    Args:
        known: what the page showed.
        posted: its fields: ``subject``, ``slot:main`` and so on.
        locale: under which they are kept; "" is for every language.

    Raises:
        StaffError: something cannot be kept; its ``field`` says what.
    """
    lines = {"subject": LINE_LIMIT, "preheader": LINE_LIMIT, "reason": REASON_LIMIT}
    said = {name: one_line(posted[name], limit, name) for name, limit in lines.items() if name in posted}
    text = replace(known, locale=locale, slots=_read_slots(known, posted), **said)
    if "layout" in posted:
        text = replace(text, layout=get_layout(storable(posted["layout"], 60, "layout")).key)
    if "text_mode" in posted:
        own = storable(posted.get("text", ""), 2 * BODY_LIMIT, "text").replace("\r\n", "\n")
        text = replace(text, text=own if posted["text_mode"] == "own" else None)
    return text


def _read_slots(known: LetterText, posted: Mapping[str, str]) -> dict[str, str]:
    """Return all slots; empty ones that no layout needs go away."""
    names = {slot.name for layout in list_layouts() for slot in layout.slots} | set(known.slots)
    slots = dict(known.slots)
    for name in names:
        if f"{SLOT}{name}" in posted:
            slots[name] = storable(posted[f"{SLOT}{name}"]).replace("\r\n", "\n")
    if sum(map(len, slots.values())) > 2 * BODY_LIMIT:
        raise StaffError("The letter is longer than can be kept.", field=f"{SLOT}main")
    return {name: words for name, words in slots.items() if words.strip() or name == "main"}
