"""Addresses in a letter: which may be followed, and how a value is written into one."""

import re
from urllib.parse import quote

LINK_LENGTH_LIMIT = 2000  # characters; what mail clients and servers on the way are sure to take

_WEB = re.compile(r"https?://[^\s/?#\\@:]++(?::[0-9]{1,5})?(?:[/?#][^\s\\]*+)?", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s\\]++", re.IGNORECASE)
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\ufeff]+")
_ACTING = re.compile(
    r"(?:javascript|vbscript|livescript|mocha|data|file|jar|feed|view-source|about|blob):", re.I
)
_HARMLESS_DATA = re.compile(r"data:image/(?:png|gif|jpeg|jpg|webp|bmp|x-icon)[;,]", re.I)


def is_followable(address: str) -> bool:
    """Whether a value may stand as a whole link: http, https or mailto, without user name or white space."""
    return len(address) <= LINK_LENGTH_LIMIT and bool(_WEB.fullmatch(address) or _MAIL.fullmatch(address))


def can_act(address: str) -> bool:
    """Whether an address (entities decoded) makes a reader's program do something instead of going somewhere.

    What browsers ignore inside a scheme, as in ``java&#9;script:``, is ignored here too.
    """
    bare = _IGNORED_BY_BROWSERS.sub("", address[:LINK_LENGTH_LIMIT])
    return bool(_ACTING.match(bare)) and not _HARMLESS_DATA.match(bare)


def percent_encoded(value: str, *, is_mailbox: bool = False) -> str:
    """Write a value into the middle of an address (RFC 3986: only unreserved characters stay).

    Args:
        value: any text.
        is_mailbox: the address is a ``mailto:``, where the @ of a mailbox stays as it is.
    """
    return quote(value, safe="@" if is_mailbox else "")
