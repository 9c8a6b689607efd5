"""One pair of braces in a letter: read, written back, and the mark that stands for it meanwhile."""

import html
import re
from dataclasses import dataclass
from enum import StrEnum

# Stands for tag number n while HTML is read, cleaned, inlined or turned into text. Unicode noncharacters
# (never assigned, not for interchange): a source that holds one is refused, so a mark is always ours.
MARK_OPEN, MARK_CLOSE = "\ufdd0", "\ufdd1"
MARK = re.compile(f"{MARK_OPEN}([0-9]{{1,9}}){MARK_CLOSE}")

# Quotes as people and their editors type them.
_STRING = r'"[^"]*+"|\'[^\']*+\'|[“”„][^“”„]*+[“”„]|[‘’‚][^‘’‚]*+[‘’‚]|«[^«»]*+»'
_FIELD = r"[^\s|()=!<>\"'“”„‘’‚«»]++"
_VALUE = re.compile(rf"\s*+(?P<field>{_FIELD})\s*+(?:\|\s*+default\s*+\(\s*+(?P<text>{_STRING})\s*+\)\s*+)?+")
_TEST = re.compile(
    rf"\s++(?P<negated>not\s++)?+(?P<field>{_FIELD})\s*+(?:(?P<operator>==|!=)\s*+(?P<text>{_STRING})\s*+)?+"
)
_WORD = re.compile(r"\s*+([a-z]*+)")
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("‘", "’"), ("«", "»"))


class TagKind(StrEnum):
    """What a tag does."""

    VALUE = "value"
    IF = "if"
    ELIF = "elif"
    ELSE = "else"
    ENDIF = "endif"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Question:
    """The question of a condition.

    Args:
        field: the field asked about.
        text: what it is compared with; None asks whether it has a value at all.
        is_negated: the answer is turned round (``not``, ``!=``).
    """

    field: str
    text: str | None = None
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Tag:
    """One pair of braces.

    Args:
        kind: what it does.
        start: offset of its first brace in the source.
        end: offset behind its last brace.
        field: the field of a value.
        default: the text for those who have no value; None where none is given.
        test: the question of an ``if`` or ``elif``.
    """

    kind: TagKind
    start: int
    end: int
    field: str = ""
    default: str | None = None
    test: Question | None = None


def mark(number: int) -> str:
    """Return the mark that stands for a tag."""
    return f"{MARK_OPEN}{number}{MARK_CLOSE}"


def read_tag(opening: str, inside: str, start: int, end: int, *, is_html: bool) -> Tag | str:
    """Read one tag.

    Args:
        opening: ``{{``, ``{%`` or ``{#``.
        inside: what is between the braces.
        start: offset of the first brace in the source.
        end: offset behind the last brace.
        is_html: entities are decoded first (editors write ``&quot;``).

    Returns:
        The tag, or a sentence that says what is wrong with it.
    """
    if opening == "{#":
        return Tag(TagKind.COMMENT, start, end)
    if is_html:
        if re.search(r"</?[a-zA-Z]", inside):
            return "There is formatting inside the braces; delete it and insert the field again (“<” is written &lt;)."
        inside = html.unescape(inside)
    if "{" in inside or "}" in inside:
        return "There are braces inside the braces; close the first pair, and use none in a fallback text."
    return _read_value(inside, start, end) if opening == "{{" else _read_statement(inside, start, end)


def _read_value(inside: str, start: int, end: int) -> Tag | str:
    match = _VALUE.fullmatch(inside)
    if match is None:
        return _value_message(inside)
    return Tag(TagKind.VALUE, start, end, match["field"], _unquoted(match["text"]))


def _read_statement(inside: str, start: int, end: int) -> Tag | str:
    word = _WORD.match(inside)
    kind = word[1] if word else ""
    rest = inside[word.end() :] if word else ""
    if kind in ("else", "endif"):
        if rest.strip():
            return f"Nothing may follow “{kind}” inside the braces."
        return Tag(TagKind(kind), start, end)
    if kind not in ("if", "elif"):
        return f"“{inside.strip()}” is not known here. There are if, elif, else and endif."
    match = _TEST.fullmatch(rest)
    if match is None or (match["negated"] and match["operator"]):
        return _test_message(rest)
    is_negated = bool(match["negated"]) or match["operator"] == "!="
    return Tag(TagKind(kind), start, end, test=Question(match["field"], _unquoted(match["text"]), is_negated))


def _unquoted(text: str | None) -> str | None:
    return text[1:-1] if text else None


def _value_message(inside: str) -> str:
    if not inside.strip():
        return "The braces are empty: name a field, for example {{ person.name }}."
    if "default" not in inside and "|" in inside:
        return 'Only default("…") may follow a field, for example {{ person.name | default("friend") }}.'
    if "|" in inside:
        return 'The fallback is written default("friend"), with matching quotes and brackets.'
    return "Inside {{ }} there is one field and nothing else, for example {{ person.name }}."


def _test_message(rest: str) -> str:
    if not rest.strip():
        return "The condition names no field: write for example {% if event.city %}."
    if re.search(r"\s(and|or)\s", rest):
        return "A condition asks one thing: put a second {% if %} inside it instead of “and” or “or”."
    return 'A condition is a field, “not” and a field, or a field == "text" with matching quotes.'


def write_tag(tag: Tag, *, is_html: bool) -> str:
    """Return a tag's source in its one canonical form, so that it reads back as the same tag."""
    if tag.kind is TagKind.COMMENT:
        return ""
    if tag.kind is TagKind.VALUE:
        inside = tag.field if tag.default is None else f"{tag.field} | default({_quoted(tag.default)})"
        return "{{ " + (html.escape(inside, quote=False) if is_html else inside) + " }}"
    inside = str(tag.kind)
    if tag.test is not None and tag.test.text is None:
        inside += f" {'not ' if tag.test.is_negated else ''}{tag.test.field}"
    elif tag.test is not None and tag.test.text is not None:
        inside += f" {tag.test.field} {'!=' if tag.test.is_negated else '=='} {_quoted(tag.test.text)}"
    return "{% " + (html.escape(inside, quote=False) if is_html else inside) + " %}"


def _quoted(text: str) -> str:
    """Quote with the first pair that the text does not contain; the pair it was written with is one."""
    opening, closing = next(pair for pair in _QUOTES if pair[0] not in text and pair[1] not in text)
    return f"{opening}{text}{closing}"


def restore(marked: str, tags: tuple[Tag, ...], *, is_html: bool) -> str:
    """Put the tags back in the place of their marks."""

    def tag_source(found: re.Match[str]) -> str:
        number = int(found[1])
        return write_tag(tags[number], is_html=is_html) if number < len(tags) else ""

    return MARK.sub(tag_source, marked)
