"""Links that lead nowhere or show nothing to press: a reader of the letter would be stuck there."""

from collections.abc import Iterator

from webapp.mail.domain.faults import Fault, fault_at
from webapp.mail.domain.html_context import source_offset
from webapp.mail.domain.html_tokens import Token, TokenKind, tokens
from webapp.mail.domain.letter_content import is_blank
from webapp.mail.domain.template import Template


def find_empty_links(template: Template) -> list[Fault]:
    """Return a fault for each link without an address (``href=""``, ``href="#"``) or without words.

    Args:
        template: parsed as HTML, without faults of its own.
    """
    faults = []
    opened: Token | None = None
    for token in tokens(template.marked):
        if token.name != "a" or token.kind not in (TokenKind.START, TokenKind.END):
            continue
        if token.kind is TokenKind.START:
            opened = token if _leads(token) else None
            if any(_is_nowhere(template.marked, token)):
                faults.append(_fault(template, token, "This link leads nowhere: give it an address."))
        elif opened is not None:
            if is_blank(template.marked[opened.end : token.start]):
                faults.append(
                    _fault(template, opened, "This link shows nothing to press: put words into it.")
                )
            opened = None
    return faults


def _leads(token: Token) -> bool:
    """Say whether an element is a link at all, and no mark to jump to."""
    return any(attribute.name == "href" for attribute in token.attributes)


def _is_nowhere(marked: str, token: Token) -> Iterator[bool]:
    for attribute in token.attributes:
        if attribute.name == "href":
            yield marked[attribute.value_start : attribute.value_end].strip() in ("", "#")


def _fault(template: Template, token: Token, message: str) -> Fault:
    start, end = source_offset(template, token.start), source_offset(template, token.end)
    return fault_at(template.place, template.source, start, message, end - start)
