"""The one builder of header lines: it folds, encodes (RFC 5322, 2047), and refuses what could break out."""

import re
from binascii import b2a_base64, b2a_qp
from functools import cache
from unicodedata import is_normalized, normalize

import idna

from webapp.mail.domain.quoted_printable import cut_back
from webapp.mail.domain.values import PoisonError

LINE_LIMIT = 76  # of a line that holds an encoded word (RFC 2047, 2)
WORD_LIMIT = 75  # of an encoded word
HARD_LIMIT = 998  # of any line (RFC 5322, 2.1.1)

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Would turn round the address beside the name; a byte order mark, which readers drop at the start of a word.
_OVERRIDE = re.compile("[\u202a-\u202e\u2066-\u2069\ufeff]")
_UNTIDY = re.compile(
    f"{_CONTROL.pattern}|{_OVERRIDE.pattern}|\\s\\s|[^\\S ]|^ | $"
)  # changed or refused by cleaning
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]{1,60}")
_WORDS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]++(?: [A-Za-z0-9!#$%&'*+/^_`{|}~-]++)*+")
_QUOTABLE = re.compile(r"[ -~]{1,58}")
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-][A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{0,63}@[A-Za-z0-9.-]{1,253}"
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+^_`|~-]{1,76}")
_SPECIALS = re.compile(rb"[\"#-),.:-<>-@\[-^`{-~]")  # what b2a_qp leaves alone, and no phrase may hold
# What the Q encoding leaves alone, even inside a phrase (RFC 2047, 5 (3)); a space becomes an underscore.
_PLAIN_IN_WORD = b" !*+-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_Q_CODES = [bytes([byte]) if byte in _PLAIN_IN_WORD else b"=%02X" % byte for byte in range(256)]
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
    if _UNTIDY.search(text) is None and is_normalized("NFC", text):
        return text
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


def ascii_domain(address: str) -> str:
    """Return the domain of an address in ASCII.

    Raises:
        PoisonError: it is no address that can be written to.
    """
    return ascii_address(address).rpartition("@")[2].lower()


def _shown(text: str) -> str:
    return _CONTROL.sub("·", text[:100])


def text_header(name: str, text: str) -> bytes:
    """Return a whole line, with its CRLF, of a header that holds free text.

    Raises:
        PoisonError: the text holds a control character.
    """
    if text.isascii() and text.isprintable() and len(text) < 60 and "=?" not in text and "  " not in text:
        return f"{_checked(name)}: {text.strip()}\r\n".encode("ascii")
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
    if len(display_name) + len(address) < 60 and _WORDS.fullmatch(display_name):
        return f"{_checked(name)}: {display_name} <{address}>\r\n".encode(
            "ascii"
        )  # what most people are called
    shown = clean_line(display_name, "The name")
    if not shown:
        return f"{_checked(name)}: {address}\r\n".encode("ascii")
    if not shown.isascii():
        phrase = _encoded_words(shown, len(name) + 2)
    elif _ATOMS.fullmatch(shown) and "=?" not in shown:
        phrase = shown.encode("ascii")
    elif _QUOTABLE.fullmatch(shown) and "=?" not in shown:
        phrase = b'"%s"' % shown.replace("\\", "\\\\").replace('"', '\\"').encode("ascii")
    else:
        phrase = _encoded_words(shown, len(name) + 2)
    last = len(phrase) - phrase.rfind(b"\n") - 1 + (0 if b"\n" in phrase else len(name) + 2)
    gap = " " if last + len(address) + 3 <= LINE_LIMIT else "\r\n "
    return _line(name, b"%s%s<%s>" % (phrase, gap.encode(), address.encode("ascii")))


@cache
def _checked(name: str) -> str:
    """Return the name of a header; there are few, and they are asked for with every letter."""
    if not _HEADER_NAME.fullmatch(name):
        raise PoisonError(f"“{_shown(name)}” cannot be the name of a header.")
    return name


def _line(name: str, value: bytes) -> bytes:
    return b"%s: %s\r\n" % (_checked(name).encode("ascii"), value)


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
    """Encode text as words of at most 75 characters that split no character, in Q or B.

    Q can be read by people, so it is taken as long as it is not much longer.

    Args:
        text: any text.
        used: characters of the first line that are taken by the header's name.
    """
    raw = text.encode()
    room = WORD_LIMIT - max(used - 1, 0) - len("=?utf-8?q??=")
    if len(raw) < room:  # most names and short subjects: one word, made in one go
        q = _SPECIALS.sub(lambda found: _Q_CODES[found[0][0]], b2a_qp(raw, header=True))
        b = b2a_base64(raw, newline=False)
        if 2 * len(q) <= 3 * len(b):
            if len(q) <= room:
                return b"=?utf-8?q?%s?=" % q
        elif len(b) <= room:
            return b"=?utf-8?b?%s?=" % b
    q_size = 3 * len(raw) - 2 * (len(raw) - len(raw.translate(None, _PLAIN_IN_WORD)))
    is_q = 2 * q_size <= 3 * ((len(raw) + 2) // 3 * 4)
    content = b"".join([_Q_CODES[byte] for byte in raw]) if is_q else raw
    words: list[bytes] = []
    position = 0
    while True:
        end = position + (room if is_q else room // 4 * 3)
        if end < len(content):
            end = cut_back(content, end) if is_q else _character_start(content, end)
        words.append(_word(content[position:end], is_q=is_q))
        if end >= len(content):
            return b"\r\n ".join(words)
        position, room = end, WORD_LIMIT - len("=?utf-8?q??=")


def _character_start(raw: bytes, position: int) -> int:
    """Move back to the first byte of a character (RFC 3629)."""
    while raw[position] & 0xC0 == 0x80:
        position -= 1
    return position


def _word(content: bytes, *, is_q: bool) -> bytes:
    if is_q:
        return b"=?utf-8?q?%s?=" % content
    return b"=?utf-8?b?%s?=" % b2a_base64(content, newline=False)
