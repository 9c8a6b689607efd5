"""HTML cut into tokens as browsers cut it (WHATWG 13.2.5), in linear time and without changing a byte."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class TokenKind(StrEnum):
    """What a stretch of HTML is."""

    TEXT = "text"
    START = "start"  # a start tag
    END = "end"  # an end tag
    COMMENT = "comment"  # also what browsers treat as one, such as <!doctype>, <?xml ?> and <![if]>
    CONDITION = (
        "condition"  # <!--[if mso]> and its <![endif]-->; what lies between comes as tokens of its own
    )
    RAW = "raw"  # the inside of style or script
    CAPTION = "caption"  # the inside of title or textarea: text with entities, without elements


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a start tag.

    Args:
        name: lower case.
        start: offset of its name.
        value_start: offset of the value, without quotes; equal to value_end where there is none.
        value_end: offset behind the value, without quotes.
        end: offset behind it all, with quotes.
        quote: ``"``, ``'`` or "".
    """

    name: str
    start: int
    value_start: int
    value_end: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of HTML.

    Args:
        kind: what it is.
        start: offset of its first character.
        end: offset behind its last.
        name: of the element, lower case; for RAW and CAPTION that of the element around it.
        attributes: of a start tag.
        is_open: it is never closed: the HTML ends in the middle of it.
        is_in_comment: it lies inside an Outlook conditional comment.
    """

    kind: TokenKind
    start: int
    end: int
    name: str = ""
    attributes: tuple[Attribute, ...] = ()
    is_open: bool = False
    is_in_comment: bool = False


RAW_ELEMENTS = frozenset({"style", "script", "xmp", "iframe", "noembed", "noframes", "plaintext"})
CAPTION_ELEMENTS = frozenset({"title", "textarea"})

_MARKUP = re.compile(r"<(?:[a-zA-Z]|/[a-zA-Z]|/|!|\?)")
_WHITE = r" \t\n\f\r"  # what HTML calls white space; \s would take more
_NAME = re.compile(rf"[^{_WHITE}/>]++")
_SPACE = re.compile(rf"[{_WHITE}/]*+")
_ATTRIBUTE_NAME = re.compile(rf"=?+[^{_WHITE}/>=]*+")
_EQUALS = re.compile(rf"[{_WHITE}]*+=[{_WHITE}]*+")
_UNQUOTED = re.compile(rf"[^{_WHITE}>]*+")
_COMMENT_END = re.compile(r"--!?>")
_CONDITION = re.compile(r"<!--\[if\b[^\]<>]{0,200}+\]>", re.IGNORECASE)
_CONDITION_END = "<![endif]"


def tokens(
    html: str, start: int = 0, end: int | None = None, *, is_in_comment: bool = False
) -> Iterator[Token]:
    """Cut HTML into tokens that together are all of it.

    Args:
        html: the source.
        start: where to begin.
        end: where to stop, as if the source ended there.
        is_in_comment: whether this stretch is the inside of a conditional comment.
    """
    stop = len(html) if end is None else end
    position = start
    while position < stop:
        found = _MARKUP.search(html, position, stop)
        if found is None:
            yield Token(TokenKind.TEXT, position, stop, is_in_comment=is_in_comment)
            return
        if found.start() > position:
            yield Token(TokenKind.TEXT, position, found.start(), is_in_comment=is_in_comment)
        opening = found[0]
        if opening[-1].isalpha():
            token = _tag(html, found.start(), stop, is_end=opening[1] == "/", is_in_comment=is_in_comment)
            yield token
            position = token.end
            if token.kind is TokenKind.START and not token.is_open:
                inside = _inside(html, token, stop, is_in_comment)
                if inside is not None:
                    yield inside
                    position = inside.end
        else:
            token = _comment(html, found.start(), stop, is_in_comment)
            if token.kind is TokenKind.CONDITION:
                yield from _conditional(html, token)
            else:
                yield token
            position = token.end


def _tag(html: str, start: int, stop: int, *, is_end: bool, is_in_comment: bool) -> Token:
    """Read a tag; the attributes of an end tag are skipped as browsers skip them."""
    named = _NAME.match(html, start + (2 if is_end else 1), stop)
    name = named[0].lower() if named else ""
    kind = TokenKind.END if is_end else TokenKind.START
    position = named.end() if named else stop
    attributes: list[Attribute] = []
    while True:
        space = _SPACE.match(html, position, stop)
        position = space.end() if space else position
        if position >= stop:
            return Token(kind, start, stop, name, tuple(attributes), True, is_in_comment)
        if html[position] == ">":
            return Token(kind, start, position + 1, name, tuple(attributes), False, is_in_comment)
        attribute = _attribute(html, position, stop)
        if attribute is None:  # a quote that is never closed
            return Token(kind, start, stop, name, tuple(attributes), True, is_in_comment)
        attributes.append(attribute)
        position = attribute.end


def _attribute(html: str, start: int, stop: int) -> Attribute | None:
    named = _ATTRIBUTE_NAME.match(html, start, stop)
    name_end = named.end() if named else start
    name = html[start:name_end].lower()
    equals = _EQUALS.match(html, name_end, stop)
    if equals is None:
        return Attribute(name, start, name_end, name_end, name_end, "")
    value_start = equals.end()
    quote = html[value_start : value_start + 1] if value_start < stop else ""
    if quote in ('"', "'") and quote:
        value_end = html.find(quote, value_start + 1, stop)
        if value_end < 0:
            return None
        return Attribute(name, start, value_start + 1, value_end, value_end + 1, quote)
    unquoted = _UNQUOTED.match(html, value_start, stop)
    value_end = unquoted.end() if unquoted else value_start
    return Attribute(name, start, value_start, value_end, value_end, "")


def _comment(html: str, start: int, stop: int, is_in_comment: bool) -> Token:
    if not html.startswith("<!--", start):
        end = html.find(">", start, stop)
        return _closed_or_open(TokenKind.COMMENT, start, end, 1, stop, is_in_comment)
    for short in ("<!-->", "<!--->"):
        if html.startswith(short, start, stop):
            return Token(TokenKind.COMMENT, start, start + len(short), is_in_comment=is_in_comment)
    found = _COMMENT_END.search(html, start + 4, stop)
    if found is None:
        return Token(TokenKind.COMMENT, start, stop, is_open=True, is_in_comment=is_in_comment)
    is_condition = (
        not is_in_comment
        and found[0] == "-->"
        and html[found.start() - len(_CONDITION_END) : found.start()].lower() == _CONDITION_END
        and _CONDITION.match(html, start, found.start() - len(_CONDITION_END)) is not None
    )
    kind = TokenKind.CONDITION if is_condition else TokenKind.COMMENT
    return Token(kind, start, found.end(), is_in_comment=is_in_comment)


def _closed_or_open(
    kind: TokenKind, start: int, end: int, length: int, stop: int, is_in_comment: bool
) -> Token:
    if end < 0:
        return Token(kind, start, stop, is_open=True, is_in_comment=is_in_comment)
    return Token(kind, start, end + length, is_in_comment=is_in_comment)


def _conditional(html: str, token: Token) -> Iterator[Token]:
    """Yield the opening, the inside and the ending of a conditional comment."""
    opening = _CONDITION.match(html, token.start)
    inside_start = opening.end() if opening else token.start
    inside_end = token.end - len(_CONDITION_END) - len("-->")
    yield Token(TokenKind.CONDITION, token.start, inside_start)
    yield from tokens(html, inside_start, inside_end, is_in_comment=True)
    yield Token(TokenKind.CONDITION, inside_end, token.end)


def _inside(html: str, tag: Token, stop: int, is_in_comment: bool) -> Token | None:
    """Return the text of an element whose inside is not markup, up to its end tag."""
    if tag.name not in RAW_ELEMENTS and tag.name not in CAPTION_ELEMENTS:
        return None
    kind = TokenKind.RAW if tag.name in RAW_ELEMENTS else TokenKind.CAPTION
    ending = None
    if tag.name != "plaintext":
        ending = re.compile(rf"</{tag.name}(?=[{_WHITE}/>])", re.IGNORECASE).search(html, tag.end, stop)
    if ending is None:
        return Token(kind, tag.end, stop, tag.name, is_open=True, is_in_comment=is_in_comment)
    return Token(kind, tag.end, ending.start(), tag.name, is_in_comment=is_in_comment)
