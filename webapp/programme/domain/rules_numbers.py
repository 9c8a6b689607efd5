"""How organizers tell how many applied and came: a sealed link, and what counts as a number."""

import struct

from webapp.core.errors import StaffError
from webapp.core.tokens import TokenKeys
from webapp.core.words import say

NUMBERS = "numbers"
MOST = 1_000_000  # more people come to nothing that is organized here
_FORM = struct.Struct(">Q")


def numbers_link(keys: TokenKeys, public_url: str, event_id: int) -> str:
    """Return the address of the page on which an event's organizers tell its numbers."""
    return f"{public_url}/numbers/{keys.make(NUMBERS, _FORM.pack(event_id))}"


def read_numbers_token(keys: TokenKeys, token: str) -> int | None:
    """Return the event of a link, or None when it was not made here for this purpose."""
    payload = keys.read(NUMBERS, token)
    return _FORM.unpack(payload)[0] if payload is not None and len(payload) == _FORM.size else None


def read_count(text: str, field: str) -> int:
    """Return a number of people as somebody typed it.

    Raises:
        StaffError: it is no whole number that can be.
    """
    typed = "".join(text.split())
    if not typed.isdecimal() or len(typed) > len(str(MOST)) or int(typed) > MOST:
        raise StaffError(say("Write a whole number, for example 84. An estimate is fine."), field=field)
    return int(typed)
