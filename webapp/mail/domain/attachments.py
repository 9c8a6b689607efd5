"""Files that go with letters, as MIME parts encoded once (RFC 2045, 2183), with names in any script (RFC 2231)."""

import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize
from urllib.parse import quote

from webapp.mail.domain.headers import clean_line
from webapp.mail.domain.values import PoisonError

LONGEST_NAME = 120  # characters
_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+(?:; [a-z-]+=[A-Za-z0-9._-]+)*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._ -]{1,60}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,200}")
_SECTION = 50  # octets of an encoded name in one line (RFC 2231, 3)


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that goes with every letter of a shoot.

    Args:
        filename: as its reader sees it, in any script.
        content_type: with its parameters.
        content: the file.
        content_id: of a picture that the HTML shows as ``cid:…``, without brackets; "" beside the letter.
    """

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""


def encode_files(files: Sequence[AttachedFile], boundary: str) -> bytes:
    """Return the parts behind the first one of a multipart, with its closing delimiter (RFC 2046, 5.1).

    They stand behind the letter in its multipart/mixed, or behind the HTML in its multipart/related (RFC 2387).

    Args:
        files: at least one.
        boundary: of the multipart.

    Raises:
        PoisonError: a name, type or content id cannot be written into a header.
    """
    parts = [f"\r\n--{boundary}\r\n".encode("ascii") + _encode_file(file) for file in files]
    return b"".join(parts) + f"\r\n--{boundary}--\r\n".encode("ascii")


def _encode_file(file: AttachedFile) -> bytes:
    """Return the headers and the body of one part, without a line end behind it."""
    if not _TYPE.fullmatch(file.content_type):
        raise PoisonError(f"“{file.content_type[:60]}” is not the type of a file.")
    name = _file_name(file.filename)
    disposition = "".join(f";\r\n {parameter}" for parameter in _name_parameters(name))
    kind = file.content_type.replace("; ", ";\r\n ")
    if file.content_id and not _CONTENT_ID.fullmatch(file.content_id):
        raise PoisonError(f"“{file.content_id[:60]}” cannot be what a letter calls a picture.")
    place = (
        f"inline{disposition}\r\nContent-ID: <{file.content_id}>"
        if file.content_id
        else f"attachment{disposition}"
    )
    head = (
        f"Content-Type: {kind}\r\nContent-Disposition: {place}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    body = encodebytes(file.content).replace(b"\n", b"\r\n").removesuffix(b"\r\n")
    return head.encode("ascii") + body


def _file_name(given: str) -> str:
    """Return a name without folders and control characters."""
    name = normalize("NFC", clean_line(given.replace("\\", "/").rpartition("/")[2], "The name of a file"))
    if not name.strip(". ") or len(name) > LONGEST_NAME:
        raise PoisonError("A file that goes with letters needs a name of at most 120 characters.")
    return name


def _name_parameters(name: str) -> list[str]:
    """Return the parameters of Content-Disposition that say the name: plain, or in sections that any script fits."""
    if _PLAIN_NAME.fullmatch(name):
        return [f'filename="{name}"']
    pieces = [""]
    for character in name:  # a section never splits a character, for readers that decode one by one
        encoded = quote(character, safe="")
        if len(pieces[-1]) + len(encoded) > _SECTION:
            pieces.append("")
        pieces[-1] += encoded
    if len(pieces) == 1:
        return [f"filename*=utf-8''{pieces[0]}"]
    pieces[0] = f"utf-8''{pieces[0]}"
    return [f"filename*{number}*={piece}" for number, piece in enumerate(pieces)]
