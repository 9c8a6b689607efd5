"""The language of a letter's blanks and conditions: read once into a tree, with faults as data.

There are values ``{{ field | default("text") }}``, conditions ``{% if [not] field [== "text"] %}``,
``{% elif %}``, ``{% else %}``, ``{% endif %}`` and comments ``{# … #}``: nothing to call, to loop over or to
break out of.
"""

import re
from dataclasses import dataclass

from webapp.mail.domain.faults import FAULT_LIMIT, Fault, fault_at
from webapp.mail.domain.tags import MARK_CLOSE, MARK_OPEN, Question, Tag, TagKind, mark, read_tag

TAG_LENGTH_LIMIT = 500  # characters between the braces
TAG_COUNT_LIMIT = 2000
DEPTH_LIMIT = 8

_NOT_OURS = {ord(MARK_OPEN): "\ufffd", ord(MARK_CLOSE): "\ufffd"}  # whoever typed a mark did not mean one
_OPEN = re.compile(r"\{[{%#]")
_CLOSE = {"{{": "}}", "{%": "%}", "{#": "#}"}


@dataclass(frozen=True, slots=True)
class Value:
    """A place for a value; `number` is that of its tag."""

    number: int
    tag: Tag


@dataclass(frozen=True, slots=True)
class Choice:
    """Branches of which the first that holds is taken; a branch without a test is the ``else``."""

    branches: tuple[tuple[Question | None, "Nodes"], ...]


Nodes = tuple[str | Value | Choice, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A source that was read.

    Args:
        source: as it was given.
        place: where it belongs, for faults.
        nodes: the tree; of no use where there are faults.
        tags: all tags in order; a tag's number is its index.
        marked: the source with every tag replaced by its mark.
        faults: what is wrong with it.
    """

    source: str
    place: str
    nodes: Nodes
    tags: tuple[Tag, ...]
    marked: str
    faults: tuple[Fault, ...]


def parse(source: str, *, place: str = "", is_html: bool = False) -> Template:
    """Read a source in linear time.

    Args:
        source: text or HTML with tags.
        place: where it belongs, for faults.
        is_html: entities inside the braces are decoded (editors write ``&quot;``).
    """
    source = source.translate(_NOT_OURS)
    faults: list[Fault] = []
    tags: list[Tag] = []
    texts: list[str] = []
    written = position = 0  # up to where texts are kept, and up to where the source was read
    while len(faults) < FAULT_LIMIT and (opening := _OPEN.search(source, position)):
        start, close = opening.start(), _CLOSE[opening[0]]
        closing = source.find(close, start + 2, start + TAG_LENGTH_LIMIT)
        position = closing + 2
        if closing < 0 and opening[0] == "{#":  # "@media print{#footer{…" is a style, not a comment of ours
            position = start + 2
            continue
        if closing < 0:
            message = f"This is opened with “{opening[0]}” and never closed: “{close}” is missing."
            faults.append(fault_at(place, source, start, message))
            break
        if len(tags) >= TAG_COUNT_LIMIT:
            message = (
                f"There are more than {TAG_COUNT_LIMIT:,} fields and conditions in this; please use fewer."
            )
            faults.append(fault_at(place, source, start, message))
            break
        tag = read_tag(opening[0], source[start + 2 : closing], start, position, is_html=is_html)
        if isinstance(tag, str):
            faults.append(fault_at(place, source, start, tag, position - start))
            tag = Tag(TagKind.COMMENT, start, position)
        texts.append(source[written:start])
        tags.append(tag)
        written = position
    texts.append(source[written:])
    nodes, structure_faults = _grow(source, place, texts, tags)
    marked = "".join(text + (mark(n) if n < len(tags) else "") for n, text in enumerate(texts))
    return Template(source, place, nodes, tuple(tags), marked, tuple(faults or structure_faults))


def _grow(source: str, place: str, texts: list[str], tags: list[Tag]) -> tuple[Nodes, list[Fault]]:
    """Build the tree from texts and the tags between them."""
    faults: list[Fault] = []

    def refuse(tag: Tag, message: str) -> None:
        faults.append(fault_at(place, source, tag.start, message, tag.end - tag.start))

    current: list[str | Value | Choice] = [texts[0]]
    open_ifs: list[_OpenIf] = []
    for number, tag in enumerate(tags):
        if tag.kind is TagKind.VALUE:
            current.append(Value(number, tag))
        elif tag.kind is TagKind.IF:
            if len(open_ifs) == DEPTH_LIMIT:
                refuse(tag, f"Conditions are nested more than {DEPTH_LIMIT} deep; please simplify.")
                break
            open_ifs.append(_OpenIf(tag, current, tag.test))
            current = []
        elif tag.kind is not TagKind.COMMENT and not open_ifs:
            refuse(tag, f"There is an “{tag.kind}” without an “if” before it.")
        elif tag.kind is TagKind.ENDIF:
            current = open_ifs.pop().finish(current)
        elif tag.kind in (TagKind.ELIF, TagKind.ELSE):
            if not open_ifs[-1].turn(current, tag.test):
                refuse(tag, f"This “{tag.kind}” comes after the “else”, so it could never be reached.")
            current = []
        current.append(texts[number + 1])
    for left in open_ifs:
        refuse(left.tag, "This “if” is never ended: {% endif %} is missing.")
    return tuple(node for node in current if node != ""), faults[:FAULT_LIMIT]


class _OpenIf:
    """A condition whose end has not been read yet."""

    def __init__(self, tag: Tag, outer: list[str | Value | Choice], test: Question | None) -> None:
        self.tag = tag
        self._outer = outer
        self._test = test
        self._branches: list[tuple[Question | None, Nodes]] = []

    def turn(self, body: list[str | Value | Choice], test: Question | None) -> bool:
        """End a branch and begin the next; False where that comes after the ``else``."""
        is_reachable = self._test is not None
        self._branches.append((self._test, tuple(node for node in body if node != "")))
        self._test = test
        return is_reachable

    def finish(self, body: list[str | Value | Choice]) -> list[str | Value | Choice]:
        """End the condition and return the list of nodes around it."""
        self.turn(body, None)
        self._outer.append(Choice(tuple(self._branches)))
        return self._outer
