"""Where every tag of an HTML template lands, found by cutting the HTML into tokens, once per version."""

import html
import re
from bisect import bisect_right
from dataclasses import dataclass

from webapp.mail.domain.faults import FAULT_LIMIT, Fault, fault_at
from webapp.mail.domain.html_nesting import Nesting
from webapp.mail.domain.html_tokens import Attribute, Token, TokenKind, tokens
from webapp.mail.domain.merge_fields import Fields
from webapp.mail.domain.tags import MARK, Tag, TagKind
from webapp.mail.domain.template import Template
from webapp.mail.domain.values import Context

URL_ATTRIBUTES = frozenset(
    {"href", "src", "background", "poster", "cite", "longdesc", "lowsrc", "dynsrc", "data", "xlink:href"}
    | {"action", "formaction", "srcset", "imagesrcset", "codebase", "classid", "profile", "usemap", "icon"}
)
_NO_FIELDS = frozenset({"style", "srcset", "imagesrcset", "srcdoc"})
_BEGINS_WELL = re.compile(r"\s*(?:https?:|mailto:|tel:|sms:|cid:|/|#|\?)", re.IGNORECASE)
_MAILTO = re.compile(r"\s*mailto:", re.IGNORECASE)
_HALF_ENTITY = re.compile(r"&#?[A-Za-z0-9]*\Z")


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a value lands.

    Args:
        context: how it is to be written.
        is_in_comment: whether that is inside an Outlook conditional comment.
    """

    context: Context
    is_in_comment: bool = False


@dataclass(frozen=True, slots=True)
class Landings:
    """What `classify` found: where each value lands, by number of its tag, and what is wrong."""

    by_number: dict[int, Landing]
    faults: tuple[Fault, ...]


def classify(template: Template, fields: Fields) -> Landings:
    """Find the landing of every value, and refuse every tag that stands where none may.

    Any rendering is cut into the same tokens as the template itself, because all tags of a condition must
    stand in the same place: between elements, or in one and the same attribute value.

    Args:
        template: parsed as HTML.
        fields: the declared fields; unknown ones are passed over here.
    """
    return _Classifier(template, fields).run()


class _Classifier:
    def __init__(self, template: Template, fields: Fields) -> None:
        self._template = template
        self._marked = template.marked
        self._fields = fields
        self._landings: dict[int, Landing] = {}
        self._faults: list[Fault] = []
        self._places: list[tuple[str, int]] = []  # of the conditions that are open

    def run(self) -> Landings:
        nesting = Nesting()
        for token in tokens(self._marked):
            if not nesting.add(token):
                self._refuse_token(
                    token, "Elements lie too deep in one another from here on; please simplify."
                )
                break
            if token.is_open:
                self._refuse_open(token)
            if token.kind in (TokenKind.TEXT, TokenKind.CAPTION):
                self._text(token)
            elif token.kind is TokenKind.START:
                self._start_tag(token)
            else:
                for found in MARK.finditer(self._marked, token.start, token.end):
                    self._refuse(int(found[1]), _FORBIDDEN_PLACES[token.kind])
        return Landings(self._landings, tuple(self._faults[:FAULT_LIMIT]))

    def _refuse(self, number: int, message: str) -> None:
        template, tag = self._template, self._template.tags[number]
        self._faults.append(
            fault_at(template.place, template.source, tag.start, message, tag.end - tag.start)
        )

    def _refuse_open(self, token: Token) -> None:
        what = {TokenKind.COMMENT: "comment", TokenKind.RAW: token.name, TokenKind.CAPTION: token.name}
        name = what.get(token.kind, "tag")
        self._refuse_token(token, f"This {name} is never closed, so it would swallow the rest of the letter.")

    def _refuse_token(self, token: Token, message: str) -> None:
        start = source_offset(self._template, token.start)
        self._faults.append(fault_at(self._template.place, self._template.source, start, message))

    def _text(self, token: Token) -> None:
        is_caption = token.kind is TokenKind.CAPTION
        place = ("caption", token.start) if is_caption else ("text", int(token.is_in_comment))
        context = Context.ATTRIBUTE if is_caption else Context.HTML
        before = token.start
        for found in MARK.finditer(self._marked, token.start, token.end):
            literal = self._marked[before : found.start()]
            before = found.end()
            number = int(found[1])
            if literal.endswith("<"):
                self._refuse(number, "This stands inside a tag; write &lt; if you mean the character “<”.")
            elif self._is_sound(number, literal, token.is_in_comment):
                self._place(number, place, Landing(context, token.is_in_comment))

    def _is_sound(self, number: int, literal: str, is_in_comment: bool) -> bool:
        """Refuse what would join with a value, or with what follows an empty one, into something else."""
        tag = self._template.tags[number]
        if _HALF_ENTITY.search(literal[-40:]):
            self._refuse(number, "An “&” stands inside the word before this; write it as &amp;.")
        elif is_in_comment and (tag.kind is not TagKind.VALUE or literal.endswith("-")):
            self._refuse(number, "Inside an Outlook comment only fields may stand, and no “-” before them.")
        else:
            return True
        return False

    def _place(self, number: int, place: tuple[str, int], landing: Landing) -> None:
        """Note where a value lands; see that a condition stays in one place."""
        kind = self._template.tags[number].kind
        if kind is TagKind.VALUE:
            self._landings[number] = landing
        elif kind is TagKind.IF:
            self._places.append(place)
        elif kind in (TagKind.ELIF, TagKind.ELSE, TagKind.ENDIF) and self._places:
            if self._places[-1] != place:
                self._refuse(
                    number, "This condition begins in one place and goes on inside another; keep it in one."
                )
            if kind is TagKind.ENDIF:
                self._places.pop()

    def _start_tag(self, token: Token) -> None:
        starts = [attribute.start for attribute in token.attributes]
        by_attribute: dict[int, list[re.Match[str]]] = {}
        for found in MARK.finditer(self._marked, token.start, token.end):
            index = bisect_right(starts, found.start()) - 1
            attribute = token.attributes[index] if index >= 0 else None
            if attribute is None or not attribute.value_start <= found.start() < attribute.value_end:
                message = (
                    "A field or condition cannot stand inside a tag; put the condition around the element."
                )
                self._refuse(int(found[1]), message)
            elif not attribute.quote:
                self._refuse(int(found[1]), 'Inside a tag a field needs quotes around it: ="{{ … }}".')
            elif attribute.name.startswith("on") or attribute.name in _NO_FIELDS:
                self._refuse(int(found[1]), f"A field or condition cannot stand inside “{attribute.name}”.")
            else:
                by_attribute.setdefault(index, []).append(found)
        for index, marks in by_attribute.items():
            self._attribute(token.attributes[index], marks, token.is_in_comment)

    def _attribute(self, attribute: Attribute, marks: list[re.Match[str]], is_in_comment: bool) -> None:
        place = ("attribute", attribute.start)
        address = _Address() if attribute.name in URL_ATTRIBUTES else None
        before = attribute.value_start
        for found in marks:
            literal = self._marked[before : found.start()]
            before = found.end()
            number = int(found[1])
            if not self._is_sound(number, literal, is_in_comment):
                continue
            context = Context.ATTRIBUTE
            if address is not None:
                if not address.add_text(literal):
                    self._refuse(
                        number, "The beginning of the link before this is not http, https or mailto."
                    )
                    continue
                context = self._address_context(number, address)
            self._place(number, place, Landing(context, is_in_comment))
        if address is not None and not address.add_text(self._marked[before : attribute.value_end]):
            self._refuse(int(marks[-1][1]), "The link that goes on after this is not http, https or mailto.")

    def _address_context(self, number: int, address: "_Address") -> Context:
        tag = self._template.tags[number]
        context = address.add_tag(tag)
        field = self._fields.get(tag.field)
        if (
            context is Context.URL
            and tag.kind is TagKind.VALUE
            and field is not None
            and not field.may_be_link
        ):
            message = f"“{tag.field}” cannot be a whole link: only link fields filled by staff can."
            self._refuse(number, message)
        return context


class _Address:
    """How far the beginning of an address is settled while its pieces are read from left to right."""

    def __init__(self) -> None:
        self._is_settled = False
        self._is_settled_outside = False  # of all conditions within the attribute
        self._is_mail = False
        self._depth = 0
        self._is_first = True

    def add_text(self, literal: str) -> bool:
        """Read a piece of text; False where it could make the address one that acts."""
        decoded = html.unescape(literal)
        if not self._is_settled and decoded.strip():
            if _BEGINS_WELL.match(decoded):
                self._settle()
                self._is_mail = bool(_MAILTO.match(decoded))
            elif ":" in decoded or self._is_first:
                return False
        self._is_first = False
        return True

    def add_tag(self, tag: Tag) -> Context:
        """Read a tag and return the context of a value here."""
        if tag.kind is TagKind.VALUE:
            context = Context.URL_PART if self._is_settled else Context.URL
            self._settle()
            return Context.MAILBOX if self._is_mail and context is Context.URL_PART else context
        if tag.kind is not TagKind.COMMENT:
            self._depth += {TagKind.IF: 1, TagKind.ENDIF: -1}.get(tag.kind, 0)
            self._is_settled = self._is_settled_outside
        return Context.ATTRIBUTE

    def _settle(self) -> None:
        self._is_settled = True
        self._is_settled_outside = self._is_settled_outside or self._depth == 0


_FORBIDDEN_PLACES = {
    TokenKind.COMMENT: "A field or condition cannot stand inside a comment.",
    TokenKind.CONDITION: "A field or condition cannot stand inside a comment.",
    TokenKind.RAW: "A field or condition cannot stand inside a style or script.",
    TokenKind.END: "A field or condition cannot stand inside a tag.",
}


def source_offset(template: Template, marked_offset: int) -> int:
    """Translate an offset in the marked text into one in the source."""
    shift = 0
    for found in MARK.finditer(template.marked, 0, marked_offset):
        tag = template.tags[int(found[1])]
        shift += (tag.end - tag.start) - (found.end() - found.start())
    return marked_offset + shift
