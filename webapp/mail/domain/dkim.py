"""Signs letters for the domain that they come from (DKIM: RFC 6376; Ed25519: RFC 8463), the same way every time."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from typing import Protocol

from webapp.core.registry import load_needed

SIGNED = frozenset(
    {b"from", b"reply-to", b"to", b"subject", b"date", b"message-id", b"mime-version", b"content-type"}
    | {b"list-id", b"list-unsubscribe", b"list-unsubscribe-post", b"feedback-id"}
)
_LINE = 76


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key that a domain has published, or will.

    Args:
        domain: that vouches for the letters, in ASCII (d=).
        selector: which of its keys (s=).
        pem: the private key, RSA or Ed25519, PKCS 8.
        signs_from, signs_until: when letters are signed with it, aware; until is the first instant when not.
    """

    domain: str
    selector: str
    pem: str = field(repr=False)
    signs_from: datetime
    signs_until: datetime | None = None

    def signs_at(self, at: datetime) -> bool:
        """Whether a letter that is handed over at an instant is signed with it."""
        return self.signs_from <= at and (self.signs_until is None or at < self.signs_until)


class PrivateKey(Protocol):
    """A key that was opened; ``dkim_keys`` opens it, with a library that a worker without such senders never reads."""

    algorithm: str
    """As in a=: rsa or ed25519."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature of canonical data."""
        ...


class DkimSigner:
    """Signs letters with one key; relaxed/relaxed, From signed once more than it stands there.

    RSA with PKCS#1 v1.5 and Ed25519 have no chance in them: the same letter and instant give the same bytes.

    Args:
        key: opened here, once.

    Raises:
        OperatorError: it is no RSA or Ed25519 key.
    """

    def __init__(self, key: DkimKey) -> None:
        self._key: PrivateKey = load_needed("webapp.mail.domain.dkim_keys").open_key(key.pem)
        name = self._key.algorithm
        self._opening = f"v=1; a={name}-sha256; c=relaxed/relaxed;\r\n d={key.domain};\r\n s={key.selector};"

    def sign(self, letter: bytes, at: datetime) -> bytes:
        """Return a letter with its DKIM-Signature on top.

        Args:
            letter: as `LetterBuilder` made it: CRLF only, each header once, no bytes beyond ASCII in headers.
            at: when it is handed over; stands in the signature (t=).

        Raises:
            ValueError: it has no body, or one of the headers that are signed stands there twice.
        """
        names, fields, body = canonical_parts(letter)
        body_hash = b64encode(sha256(body).digest()).decode("ascii")
        unsigned = (
            f"DKIM-Signature: {self._opening} t={int(at.timestamp())};\r\n bh={body_hash};\r\n"
            f" h={_folded_names(names)};\r\n b="
        )
        digested = fields + relaxed_header(unsigned.encode("ascii")).removesuffix(b"\r\n")
        return b"%s%s\r\n%s" % (unsigned.encode("ascii"), _folded_base64(self._key.sign(digested)), letter)


class DkimKeyring:
    """The keys of a sender over time: each letter gets the one that was in force when it was handed over.

    Those in force now or later are opened at once, so that one that cannot be opened stops a shoot instead of
    failing each of its letters; retired ones when a letter of their time is asked for.

    Args:
        keys: sealed; none of them in force at the same time as another one.
        unseal: returns a key's PEM.
        now: by the clock of the database.

    Raises:
        OperatorError: a key that is needed cannot be opened.
    """

    def __init__(self, keys: Sequence[DkimKey], unseal: Callable[[str], str], now: datetime) -> None:
        self._keys = keys
        self._unseal = unseal
        self._signers: dict[str, DkimSigner] = {}
        for key in keys:
            if key.signs_until is None or key.signs_until > now:
                self._open(key)

    def sign(self, letter: bytes, at: datetime) -> bytes:
        """Return a letter signed, or as it is where no key was in force at ``at``."""
        for key in self._keys:
            if key.signs_at(at):
                signer = self._signers.get(key.selector) or self._open(key)
                return signer.sign(letter, at)
        return letter

    def _open(self, key: DkimKey) -> DkimSigner:
        signer = self._signers[key.selector] = DkimSigner(replace(key, pem=self._unseal(key.pem)))
        return signer


def canonical_parts(letter: bytes) -> tuple[tuple[bytes, ...], bytes, bytes]:
    """Return what is signed of a letter (RFC 6376, 3.7): names of headers in their order, those headers, the body.

    Raises:
        ValueError: it has no body, or one of the headers that are signed stands there twice.
    """
    end = letter.index(b"\r\n\r\n")
    names: list[bytes] = []
    fields: list[bytes] = []
    for line in letter[:end].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ").split(b"\r\n"):
        name, canonical = _signed_field(line)
        if name:
            names.append(name)
            fields.append(canonical)
    if len(set(names)) < len(names):
        raise ValueError("A header that is signed stands in the letter twice.")
    return tuple(names), b"".join(fields), relaxed_body(letter[end + 4 :])


@lru_cache(maxsize=1024)  # most headers of a shoot are the same in all its letters
def _signed_field(line: bytes) -> tuple[bytes, bytes]:
    """Return the name and the canonical form of a header that is signed; nothing of another one."""
    name = line.partition(b":")[0].lower()
    return (name, relaxed_header(line)) if name in SIGNED else (b"", b"")


def relaxed_header(header: bytes) -> bytes:
    """Return a header with its CRLF in canonical form (RFC 6376, 3.4.2).

    Args:
        header: of printable ASCII but for its folds, so that what ``split`` takes for white space is.
    """
    name, _, value = header.partition(b":")
    return b"%s:%s\r\n" % (name.strip().lower(), b" ".join(value.split()))


def relaxed_body(body: bytes) -> bytes:
    """Return a body in canonical form (RFC 6376, 3.4.4); one that is so already is looked through, not copied.

    Args:
        body: with CRLF only.
    """
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    if b" \r\n" in body:
        body = body.replace(b" \r\n", b"\r\n")
    if body.endswith(b"\r\n") and not body.endswith(b"\r\n\r\n") and len(body) > len(b"\r\n"):
        return body
    body = body.rstrip(b" \r\n")
    return body + b"\r\n" if body else b""


@cache
def _folded_names(names: tuple[bytes, ...]) -> str:
    """Return the h= tag's value: the names, with From once more so that nobody can add a second one (5.4)."""
    lines = [""]
    for name in (*names, b"from"):
        if len(lines[-1]) + len(name) > _LINE - 10:
            lines.append("")
        lines[-1] += f"{name.decode('ascii')}:"
    return "\r\n ".join(lines).removesuffix(":")


def _folded_base64(signature: bytes) -> bytes:
    """Return a signature in lines; the white space between them does not count (2.10)."""
    whole = b64encode(signature)
    return b"\r\n ".join(whole[start : start + _LINE - 2] for start in range(0, len(whole), _LINE - 2))
