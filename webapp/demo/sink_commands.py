"""Read what an SMTP client writes: addresses, parameters and dots. Pure.

RFC 5321 (4.1.1, 4.5.2) with SIZE (RFC 1870) and 8BITMIME (RFC 6152).
"""

import re

MAX_LETTER_BYTES = 10 * 1024 * 1024
_PATH = re.compile(rb"(FROM|TO):[ ]?<([^<>]*)>(?: +(.*))?\Z", re.IGNORECASE | re.DOTALL)


class RefusedError(Exception):
    """The command is refused; ``reply`` is the whole answer with its line end."""

    def __init__(self, reply: bytes) -> None:
        super().__init__(reply)
        self.reply = reply


def read_sender(rest: bytes) -> str:
    """Read what follows MAIL: ``FROM:<a@b> SIZE=1000``; the address may be empty (a bounce).

    Raises:
        RefusedError: it is not written so, too big, or has a parameter that is not offered.
    """
    address, parameters = _read_path(rest, b"FROM", may_be_empty=True)
    for parameter in parameters.split():
        name, _, value = parameter.upper().partition(b"=")
        if name == b"SIZE" and value.isdigit() and len(value) <= 20:
            if int(value) > MAX_LETTER_BYTES:
                raise RefusedError(b"552 5.3.4 Letter too big\r\n")
        elif name != b"BODY" or value not in (b"7BIT", b"8BITMIME"):
            raise RefusedError(b"555 5.5.4 Parameter not known here\r\n")
    return address


def read_recipient(rest: bytes) -> str:
    """Read what follows RCPT: ``TO:<a@b>``.

    Raises:
        RefusedError: it is not written so, or has a parameter.
    """
    address, parameters = _read_path(rest, b"TO", may_be_empty=False)
    if parameters.strip():
        raise RefusedError(b"555 5.5.4 Parameter not known here\r\n")
    return address


def unstuff(content: bytes) -> bytes:
    """Take away the dots that the client put before lines that begin with one (RFC 5321, 4.5.2)."""
    if content.startswith(b"."):
        content = content[1:]
    return content.replace(b"\r\n.", b"\r\n")


def _read_path(rest: bytes, initial: bytes, *, may_be_empty: bool) -> tuple[str, bytes]:
    match = _PATH.match(rest)
    if match is None or match[1].upper() != initial:
        raise RefusedError(b"501 5.5.4 Write it as <name@domain>\r\n")
    raw = match[2]
    if not raw.isascii():
        raise RefusedError(b"553 5.6.7 Only ASCII addresses here\r\n")
    is_address = 0 < raw.find(b"@") < len(raw) - 1 and len(raw) <= 320
    if not (is_address or (may_be_empty and not raw)):
        raise RefusedError(b"501 5.1.3 That is no address\r\n")
    return raw.decode("ascii"), match[3] or b""
