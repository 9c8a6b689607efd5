"""Quoted-printable (RFC 2045, 6.7) in pieces that begin and end at the start of an encoded line.

Such pieces can be put one behind the other in any order without being encoded again: that is what makes a
recipient's copy cheap. No line is longer than 76, none begins with a dot (SMTP would have to stuff it) or
with "From " (mailbox files would change it), and no line break falls into the middle of a character.
"""

from binascii import b2a_qp

LINE_LIMIT = 76

SOFT_BREAK = b"=\r\n"
_CODES = [b"=%02X" % byte for byte in range(256)]
_CONTINUED = (b"=8", b"=9", b"=A", b"=B")  # bytes of UTF-8 that do not begin a character


def encode_piece(text: str) -> bytes:
    """Encode text as a piece; "" becomes an empty piece.

    Args:
        text: with ``\\n`` as line end, which becomes a hard line break.

    Raises:
        UnicodeEncodeError: it holds a lone surrogate.
    """
    if 0 < len(text) < LINE_LIMIT and "\n" not in text and text[0] not in ".F":
        short = b2a_qp(text.encode())  # does the same as what is below, as long as it all fits one line
        if len(short) < LINE_LIMIT and b"\n" not in short:
            return short + SOFT_BREAK
    lines = text.split("\n")
    last = lines.pop()
    encoded: list[bytes] = []
    for line in lines:
        _encode_line(line, encoded, is_ended=True)
    if last:
        _encode_line(last, encoded, is_ended=False)
    return b"".join(encoded)


def _encode_line(line: str, out: list[bytes], *, is_ended: bool) -> None:
    raw = b2a_qp(line.encode()).replace(b"=\n", b"")  # its line breaks may fall into a character
    if not is_ended and line[-1:] in (" ", "\t"):
        raw = raw[:-3] + line[-1:].encode()  # a soft break follows, so it need not be encoded
    position, size = 0, len(raw)
    while True:
        room = LINE_LIMIT - 1
        if raw.startswith(b".", position) or raw.startswith(b"From ", position):
            out.append(_CODES[raw[position]])
            position += 1
            room -= 3
        if size - position <= room + (1 if is_ended else 0):
            out.append(raw[position:])
            out.append(b"\r\n" if is_ended else SOFT_BREAK)
            return
        cut = cut_back(raw, position + room)
        out.append(raw[position:cut])
        out.append(SOFT_BREAK)
        position = cut


def cut_back(raw: bytes, cut: int) -> int:
    """Move a cut back so that it falls neither into a ``=XX`` code nor into a character of several."""
    if raw[cut - 1] == 0x3D:
        cut -= 1
    elif raw[cut - 2] == 0x3D:
        cut -= 2
    while raw[cut : cut + 2] in _CONTINUED:
        cut -= 3
    return cut
