"""The one builder of header lines: it folds, encodes (RFC 5322, 2047), and refuses what could break out."""

import re
from binascii import b2a_base64
from unicodedata import normalize

import idna

from webapp.mail.domain.values import PoisonError

LINE_LIMIT = 76  # of a line that holds an encoded word (RFC 2047, 2)
WORD_LIMIT = 75  # of an encoded word
HARD_LIMIT = 998  # of any line (RFC 5322, 2.1.1)

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would turn round the address beside the name
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]{1,60}")
_QUOTABLE = re.compile(r"[ -~]{1,58}")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}@[A-Za-z0-9.-]{1,253}"
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+^_`|~-]{1,76}")
_PLAIN_IN_WORD = re.compile(rb"[A-Za-z0-9!*+/-]")  # what the Q encoding leaves alone, even inside a phrase
_Q_CODES = [bytes([byte]) if _PLAIN_IN_WORD.match(bytes([byte])) else b"=%02X" % byte for byte in range(256)]
_Q_CODES[0x20] = b"_"


def clean_line(text: str, what: str) -> str:
    """Return text as one line in NFC with single spaces.

    Args:
        text: for a header.
        what: what it is, for the message ("The name").

    Raises:
        PoisonError: it holds a control character or a line end.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if "  " in text or text[:1] == " " or text[-1:] == " " else text
    found = _CONTROL.search(text)
    if found is not None:
        code = f"U+{ord(found[0]):04X}"
        raise PoisonError(f"{what} holds a character that no header can carry ({code}); please correct it.")
    return " ".join(normalize("NFC", _OVERRIDE.sub("", text)).split())


def ascii_address(address: str) -> str:
    """Return a bare address as it goes into headers and envelopes, its domain in ASCII (RFC 5891).

    Raises:
        PoisonError: it is no address, or its local part needs SMTPUTF8, which we do not speak.
    """
    if _ADDRESS.fullmatch(address) and ".." not in address and ".@" not in address:
        return address
    local, _, domain = address.rpartition("@")
    if address.isascii() or not local or not domain:
        raise PoisonError(f"“{_shown(address)}” is not an e-mail address that can be written to.")
    if not local.isascii():
        raise PoisonError(
            f"“{_shown(address)}” needs SMTPUTF8, because there are letters beyond ASCII before the @."
        )
    try:
        encoded = f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise PoisonError(f"“{_shown(address)}” has a domain that cannot exist.") from error
    return ascii_address(encoded)


def _shown(text: str) -> str:
    return _CONTROL.sub("·", text[:100])


def text_header(name: str, text: str) -> bytes:
    """Return a whole line, with its CRLF, of a header that holds free text.

    Raises:
        PoisonError: the text holds a control character.
    """
    return _line(name, _unstructured(clean_line(text, f"The header {name}"), len(name) + 2))


def structured_header(name: str, value: str) -> bytes:
    """Return a whole line, with its CRLF, of a header whose value is already in its own syntax.

    Raises:
        PoisonError: it is not printable ASCII, or too long for one line.
    """
    if not (value.isascii() and value.isprintable()) or len(name) + 2 + len(value) > HARD_LIMIT:
        raise PoisonError(f"The header {name} holds what no header can carry, or is too long.")
    return _line(name, value.encode("ascii"))


def address_header(name: str, display_name: str, address: str) -> bytes:
    """Return a whole line, with its CRLF, of a header with one mailbox.

    Args:
        name: of the header.
        display_name: of the person; may be "".
        address: from `ascii_address`.

    Raises:
        PoisonError: the display name holds a control character.
    """
    shown = clean_line(display_name, "The name")
    if not shown:
        return f"{name}: {address}\r\n".encode("ascii")
    if _ATOMS.fullmatch(shown) and "=?" not in shown:
        phrase = shown.encode("ascii")
    elif _QUOTABLE.fullmatch(shown) and "=?" not in shown:
        phrase = b'"%s"' % shown.replace("\\", "\\\\").replace('"', '\\"').encode("ascii")
    else:
        phrase = _encoded_words(shown, len(name) + 2)
    last = len(phrase) - phrase.rfind(b"\n") - 1 + (0 if b"\n" in phrase else len(name) + 2)
    gap = " " if last + len(address) + 3 <= LINE_LIMIT else "\r\n "
    return _line(name, b"%s%s<%s>" % (phrase, gap.encode(), address.encode("ascii")))


def _line(name: str, value: bytes) -> bytes:
    if not _HEADER_NAME.fullmatch(name):
        raise PoisonError(f"“{_shown(name)}” cannot be the name of a header.")
    return b"%s: %s\r\n" % (name.encode("ascii"), value)


def _unstructured(text: str, used: int) -> bytes:
    """Fold ASCII at spaces; encode everything else, and what would be read as encoded."""
    if text.isascii() and "=?" not in text:
        words = text.split(" ")
        if max(map(len, words)) <= HARD_LIMIT - 100:
            return _folded(words, used).encode("ascii")
    return _encoded_words(text, used)


def _folded(words: list[str], used: int) -> str:
    lines = [words[0]]
    for word in words[1:]:
        if used + len(lines[-1]) + 1 + len(word) <= LINE_LIMIT:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
            used = 1
    return "\r\n ".join(lines)


def _encoded_words(text: str, used: int) -> bytes:
    """Encode text as words of at most 75 characters that split no character, in Q or B, whichever is shorter.

    Args:
        text: any text.
        used: characters of the first line that are taken by the header's name.
    """
    raw = text.encode()
    is_q = sum(len(_Q_CODES[byte]) for byte in raw) <= (len(raw) + 2) // 3 * 4
    room = WORD_LIMIT - max(used - 1, 0) - len("=?utf-8?q??=")
    words: list[bytes] = []
    chunk: list[bytes] = []
    size = 0
    for character in text:
        octets = character.encode()
        piece = b"".join([_Q_CODES[byte] for byte in octets]) if is_q else octets
        fits = size + len(piece) <= room if is_q else (size + len(piece) + 2) // 3 * 4 <= room
        if not fits:
            words.append(_word(b"".join(chunk), is_q=is_q))
            chunk, size = [], 0
            room = WORD_LIMIT - len("=?utf-8?q??=")
        chunk.append(piece)
        size += len(piece)
    words.append(_word(b"".join(chunk), is_q=is_q))
    return b"\r\n ".join(words)


def _word(content: bytes, *, is_q: bool) -> bytes:
    if is_q:
        return b"=?utf-8?q?%s?=" % content
    return b"=?utf-8?b?%s?=" % b2a_base64(content, newline=False)
