"""A recipient's value, cleaned and written for the place where it lands, and never read again."""

import re
from enum import StrEnum
from unicodedata import is_normalized, normalize

from webapp.mail.domain.links import is_followable, percent_encoded


class PoisonError(ValueError):
    """This recipient's letter cannot be written; the message says why, and the others are not touched."""


class Context(StrEnum):
    """Where a value lands."""

    PLAIN = "plain"  # the text part
    LINE = "line"  # the subject
    HTML = "html"  # between elements
    ATTRIBUTE = "attribute"  # a quoted attribute value
    URL = "url"  # the beginning, mostly the whole, of an address
    URL_PART = "url_part"  # further inside an address
    MAILBOX = "mailbox"  # inside a mailto: address


# Line ends in all scripts, and what has no business in anybody's name: control characters, noncharacters
# (see tags.MARK), byte order marks, which readers drop at the start of a part or word but not elsewhere, and the
# direction overrides that reach beyond the value and turn round what follows it.
_NEWLINE = re.compile("\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufeff\ufffe\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_value(value: str | None) -> str:
    """Return a value in NFC with line ends as ``\\n`` and without control characters; None becomes "".

    Raises:
        PoisonError: it holds half a character (a lone surrogate), which no letter can carry.
    """
    if not value:
        return ""
    if value.isascii() and value.isprintable():
        return value
    if _SURROGATE.search(value):
        raise PoisonError("A value holds half a character and cannot be sent; please enter it again.")
    value = _UNWANTED.sub("", _NEWLINE.sub("\n", value))
    return value if is_normalized("NFC", value) else normalize("NFC", value)


def escaped(text: str) -> str:
    """Return text as HTML that shows exactly it, between elements or inside quotes."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )


def escaped_text(text: str) -> str:
    """Return text as HTML that shows exactly it between elements, where quotes are only quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def write_value(value: str, context: Context, *, is_in_comment: bool = False) -> str:
    """Write a cleaned value for its place.

    Args:
        value: from `clean_value`.
        context: where it lands.
        is_in_comment: the place lies inside an Outlook conditional comment, which ``--`` could end early.
    """
    if context is Context.PLAIN:
        return value
    if context is Context.LINE:
        return " ".join(value.split())
    if context is Context.URL_PART or context is Context.MAILBOX:
        written = percent_encoded(value, is_mailbox=context is Context.MAILBOX)
        return written.replace("-", "%2D") if is_in_comment else written
    if context is Context.URL:
        stripped = value.strip()
        written = escaped(stripped) if is_followable(stripped) else "#"
    elif context is Context.HTML:
        written = escaped_text(value).replace("\n", "<br>")
    else:
        written = escaped(value).replace("\n", "&#10;")
    return written.replace("-", "&#45;") if is_in_comment else written
