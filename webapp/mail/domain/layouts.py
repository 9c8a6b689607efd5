"""Layouts of letters: what surrounds the words of staff, read from a file and checked before use."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from webapp.core.errors import StaffError
from webapp.mail.domain.locales import nearest
from webapp.mail.domain.merge_fields import LETTER_REASON, OPT_OUT_LINK, POSTAL_ADDRESS
from webapp.mail.domain.template import Value, parse

# What only a layout may name; filled in when a letter is assembled.
LAYOUT_WORDS = (
    "letter.subject",
    "letter.preheader",
    "letter.language",
    "letter.direction",
    "letter.opt_out_words",
    "letter.essential_words",
    "letter.footer_language",
    "letter.footer_direction",
)

_HEAD = re.compile(r"\s*<!--\s*layout:\s*([a-z][a-z0-9_-]{0,40})\s*\n(.*?)-->\s*", re.DOTALL)
_SLOT_LINE = re.compile(r"slot ([a-z][a-z0-9_]{0,40})( \(optional\))?")
_PART = re.compile(r"<!-- (/?)(slot|footer|preheader)(?::([a-z][a-z0-9_]*))? -->")
CONTENT = "<!-- content -->"


@dataclass(frozen=True, slots=True)
class LayoutSlot:
    """A place for the words of staff.

    Args:
        name: as the letter's content names it.
        label: what the editor calls it.
        is_required: an empty one is a fault; an optional one goes away with all around it.
    """

    name: str
    label: str
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class LayoutPart:
    """A stretch of a layout.

    Args:
        kind: "slot", "footer", "preheader", or "" for what is always there.
        name: of the slot or footer.
        source: HTML with tags; that of a slot holds `CONTENT` where the words go.
    """

    kind: str
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class FooterWords:
    """What a footer says by itself in one language.

    Args:
        locale: of the words.
        opt_out: of the link to the opt-out page.
        essential: why a letter comes to those who have opted out.
    """

    locale: str
    opt_out: str
    essential: str


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout that was read and found sound.

    Args:
        key: its name in the database and in the file's first line.
        version: counted up with every change that is to be seen in letters.
        title: what staff call it.
        slots: in the order of the page.
        parts: all of it, in order.
        is_whole_document: the slot "main" is a whole HTML document, into which the footer is put.
        source: as it was read.
        checksum: SHA-256 of the source and of the footers' words, hexadecimal.
        footers: words of its footers, by locale.
    """

    key: str
    version: int
    title: str
    slots: tuple[LayoutSlot, ...]
    parts: tuple[LayoutPart, ...]
    is_whole_document: bool
    source: str
    checksum: str
    footers: Mapping[str, FooterWords] = field(default_factory=dict)

    def footer_words(self, locale: str) -> FooterWords:
        """Return the words of its footers in a locale, in its language, or in English."""
        return nearest(self.footers, locale) or FooterWords("en", "", "")

    def footer(self, *, is_bulk: bool) -> str:
        """Return the source of the footer of bulk or essential letters."""
        name = "bulk" if is_bulk else "essential"
        return next(part.source for part in self.parts if (part.kind, part.name) == ("footer", name))


def load_layouts(folder: Path) -> dict[str, Layout]:
    """Read all layouts of a folder, by key, in the order of their file names.

    The words of their footers are in ``words/<locale>.toml``: ``opt_out`` and ``essential``, one line each.

    Raises:
        StaffError: one is not sound; the message names the file.
    """
    layouts: dict[str, Layout] = {}
    footers = {
        path.stem: _read_footer_words(path)
        for path in sorted(folder.glob("words/*.toml"), key=lambda p: p.stem)
    }
    if "en" not in footers:
        raise StaffError("words/en.toml is missing: it is what other languages fall back to.", field="layout")
    for path in sorted(folder.glob("*.html")):
        try:
            layout = read_layout(path.read_text(encoding="utf-8"), footers)
        except StaffError as error:
            raise StaffError(f"{path.name}: {error.message}", field="layout") from error
        layouts[layout.key] = layout
    return layouts


def _read_footer_words(path: Path) -> FooterWords:
    """Read what footers say in one language."""
    said = tomllib.loads(path.read_text(encoding="utf-8"))
    if set(said) != {"opt_out", "essential"} or not all(
        isinstance(v, str) and v.strip() for v in said.values()
    ):
        raise StaffError(f"{path.name}: it says opt_out and essential, and nothing else.", field="layout")
    return FooterWords(path.stem, said["opt_out"], said["essential"])


def read_layout(text: str, footers: Mapping[str, FooterWords] | None = None) -> Layout:
    """Read a layout.

    The first comment names it: ``<!-- layout: simple``, then lines ``title: …``, ``version: 1``,
    ``slot main: Text``, ``slot picture (optional): …`` and perhaps ``whole document: yes``. Parts are
    enclosed by comments: ``<!-- slot:main -->…<!-- content -->…<!-- /slot:main -->``, ``preheader``,
    ``footer:bulk`` and ``footer:essential``.

    Args:
        text: the file.
        footers: words of the footers by locale.

    Raises:
        StaffError: it is not sound, for example its bulk footer has no opt-out link.
    """
    text = text.replace("\r\n", "\n")
    head = _HEAD.match(text)
    if head is None:
        raise _unsound("It does not begin with <!-- layout: its-name, title, version and slots -->.")
    lines = [line.split(":", 1) for line in head[2].splitlines() if line.strip()]
    if any(len(line) != 2 for line in lines):
        raise _unsound("Every line of the first comment is a word, a colon and what it says.")
    said = {key.strip(): value.strip() for key, value in lines}
    slots = tuple(
        LayoutSlot(match[1], label, match[2] is None)
        for key, label in said.items()
        if (match := _SLOT_LINE.fullmatch(key))
    )
    if not said.get("title") or not said.get("version", "").isdecimal():
        raise _unsound("Its first comment needs a title and a version in whole numbers.")
    words = footers or {}
    layout = Layout(
        key=head[1],
        version=int(said["version"]),
        title=said["title"],
        slots=slots,
        parts=_read_parts(text[head.end() :]),
        is_whole_document=said.get("whole document") == "yes",
        source=text,
        checksum=sha256(
            "\0".join([text, *(f"{w.locale}\0{w.opt_out}\0{w.essential}" for w in words.values())]).encode()
        ).hexdigest(),
        footers=words,
    )
    _check(layout)
    return layout


def _unsound(message: str) -> StaffError:
    return StaffError(f"This layout cannot be used. {message}", field="layout")


def _read_parts(body: str) -> tuple[LayoutPart, ...]:
    parts: list[LayoutPart] = []
    position = 0
    opened: tuple[str, str] | None = None
    for found in _PART.finditer(body):
        before = body[position : found.start()]
        position = found.end()
        this = (found[2], found[3] or "")
        if bool(found[1]) is (opened is None) or (opened is not None and opened != this):
            raise _unsound(f"{found[0]} does not fit what is open before it.")
        parts.append(LayoutPart(*(opened or ("", "")), before))
        opened = None if found[1] else this
    if opened is not None:
        raise _unsound(f"<!-- {':'.join(opened)} --> is never closed.")
    parts.append(LayoutPart("", "", body[position:]))
    return tuple(parts)


def _check(layout: Layout) -> None:
    named = [part.name for part in layout.parts if part.kind == "slot"]
    declared = [slot.name for slot in layout.slots]
    if sorted(named) != sorted(declared) or "main" not in declared:
        raise _unsound("The slots it declares and the slots it has must be the same, each once, with “main”.")
    for part in layout.parts:
        if part.kind == "slot" and part.source.count(CONTENT) != 1:
            raise _unsound(f"The slot “{part.name}” needs {CONTENT} once.")
        faults = parse(part.source, place="layout", is_html=True).faults
        if faults:
            raise _unsound(faults[0].message)
    footers = sorted(part.name for part in layout.parts if part.kind == "footer")
    if footers != ["bulk", "essential"]:
        raise _unsound("It needs one footer:bulk and one footer:essential.")
    needed = (OPT_OUT_LINK.name, LETTER_REASON, POSTAL_ADDRESS)
    for name in needed:
        if name not in _always_there(layout.footer(is_bulk=True)):
            raise _unsound(f"Its bulk footer needs {{{{ {name} }}}}, outside of any condition.")
    essential = _always_there(layout.footer(is_bulk=False))
    if LETTER_REASON not in essential or OPT_OUT_LINK.name in layout.footer(is_bulk=False):
        raise _unsound("Its essential footer says {{ letter.reason }} and has no {{ opt_out.link }}.")


def _always_there(source: str) -> set[str]:
    """Return the fields that no condition can take away."""
    return {node.tag.field for node in parse(source, is_html=True).nodes if isinstance(node, Value)}
