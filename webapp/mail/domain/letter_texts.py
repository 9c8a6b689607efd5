"""The words of a letter by role: read from the files that ship, or from what staff made of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from webapp.core.errors import StaffError
from webapp.mail.domain.empty_links import find_empty_links
from webapp.mail.domain.faults import Fault, fault_at
from webapp.mail.domain.layouts import Layout
from webapp.mail.domain.letter_content import LetterContent, check_letter
from webapp.mail.domain.letter_roles import LetterRole
from webapp.mail.domain.template import Template, parse

_HEAD = re.compile(r"\s*<!-- letter\n(.*?)-->\s*", re.DOTALL)
_WORDS = ("subject", "preheader", "reason")


@dataclass(frozen=True, slots=True)
class LetterText:
    """Everything that is written in a letter by role.

    Args:
        subject: one line with tags.
        reason: why the reader gets it, one sentence without tags.
        slots: HTML with tags by name of the layout's slot.
        preheader: the line behind the subject in inboxes; may be "".
        layout: the layout's key.
        text: the text part as edited; None has it made from the HTML.
        locale: of the words.
    """

    subject: str
    reason: str
    slots: Mapping[str, str] = field(default_factory=dict)
    preheader: str = ""
    layout: str = "simple"
    text: str | None = None
    locale: str = "en"

    def content(self) -> LetterContent:
        """Return the words as they are checked and laid out."""
        return LetterContent(self.subject, self.preheader, self.slots, self.text, self.locale)

    def checksum(self, layout: Layout, *, is_bulk: bool) -> str:
        """Return a name for exactly these words in exactly this layout, SHA-256 in hexadecimal."""
        parts = [
            self.subject,
            self.reason,
            self.preheader,
            layout.key,
            layout.checksum,
            self.locale,
            "bulk" if is_bulk else "essential",
            "" if self.text is None else f"text:{self.text}",
            *(f"{name}={words}" for name, words in sorted(self.slots.items())),
        ]
        return sha256("\0".join(parts).encode()).hexdigest()


def read_letter_text(source: str, locale: str) -> LetterText:
    """Read the words of one role in one language.

    The file begins with a comment ``<!-- letter``, then lines ``subject: …``, ``reason: …`` and perhaps
    ``preheader: …``, then ``-->``; all that follows is the HTML of the letter.

    Raises:
        StaffError: the comment is missing or incomplete.
    """
    head = _HEAD.match(source)
    if head is None:
        raise StaffError("It does not begin with <!-- letter, subject and reason -->.")
    said: dict[str, str] = {}
    for line in head[1].splitlines():
        key, _, value = line.partition(":")
        if line.strip() and key.strip() not in _WORDS:
            raise StaffError(f"Its first comment says “{key.strip()}”, which means nothing.")
        said[key.strip()] = value.strip()
    if not said.get("subject") or not said.get("reason"):
        raise StaffError("Its first comment needs a subject and a reason.")
    return LetterText(
        subject=said["subject"],
        reason=said["reason"],
        preheader=said.get("preheader", ""),
        slots={"main": source[head.end() :].strip()},
        locale=locale,
    )


def load_letter_texts(folder: Path) -> dict[str, dict[str, LetterText]]:
    """Read all words that ship: ``folder/<role>/<locale>.html``.

    Returns:
        By role, then by locale.

    Raises:
        StaffError: one cannot be read; the message names the file.
    """
    texts: dict[str, dict[str, LetterText]] = {}
    for path in sorted(folder.glob("*/*.html")):
        try:
            text = read_letter_text(path.read_text(encoding="utf-8"), path.stem)
        except StaffError as error:
            raise StaffError(f"{path.parent.name}/{path.name}: {error.message}") from error
        texts.setdefault(path.parent.name, {})[path.stem] = text
    return texts


def check_letter_text(text: LetterText, role: LetterRole, layout: Layout) -> list[Fault]:
    """Return all that keeps these words from being used for the role, each with its place.

    Args:
        text: what was written.
        role: what for; fields that it does not declare are unknown here.
        layout: what the words are put into.
    """
    faults = check_letter(text.content(), layout, role.declared(), is_bulk=role.is_bulk)
    if not text.reason.strip():
        faults.append(Fault("reason", 1, 1, "", "Say in a sentence why the reader gets this letter."))
    why = parse(text.reason, place="reason")
    faults += why.faults
    for tag in why.tags[:1]:
        message = "Fields cannot be used in this sentence."
        faults.append(fault_at("reason", text.reason, tag.start, message, tag.end - tag.start))
    parts = {
        f"slot:{name}": parse(source, place=f"slot:{name}", is_html=True)
        for name, source in text.slots.items()
    }
    for part in parts.values():
        if not part.faults:
            faults += find_empty_links(part)
    shown = {"slot:main": _shown(parts.values())}
    if text.text is not None:
        shown["text"] = _shown([parse(text.text, place="text")])
    for place, names in shown.items():
        for missing in sorted(role.required - names):
            message = f"This letter is worthless without {{{{ {missing} }}}}; put it in."
            faults.append(Fault(place, 1, 1, "", message))
    return faults


def _shown(parts: Iterable[Template]) -> set[str]:
    """Return the fields whose values are shown, not only asked about."""
    return {tag.field for part in parts for tag in part.tags}


def in_locale(text: LetterText, locale: str) -> LetterText:
    """Return words that are for every language as words of one."""
    return replace(text, locale=text.locale or locale)
