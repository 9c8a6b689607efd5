"""Unguessable references that never expire: a number and a keyed hash bound to one purpose."""

import base64
import hashlib
import hmac
from binascii import b2a_base64
from collections.abc import Sequence

_URL_SAFE = bytes.maketrans(b"+/", b"-_")
MAC_SIZE = 12  # bytes: 96 bits, out of reach of guessing through a web page or by computing


class TokenKeys:
    """Keys from which references are made.

    Args:
        secrets: the installation's secret keys, the current one first; older ones still verify, because a
            link in a letter stays valid for ever (RFC 8058).
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._derived: dict[str, list[bytes]] = {}

    def _keys(self, purpose: str) -> list[bytes]:
        """Return the keys of one purpose, derived so that a reference for one is worthless for another."""
        if purpose not in self._derived:
            name = f"postroom:{purpose}".encode()
            self._derived[purpose] = [hmac.digest(secret, name, "sha256") for secret in self._secrets]
        return self._derived[purpose]

    def key(self, purpose: str) -> bytes:
        """Return the current 32-byte key of a purpose, for callers that make very many references."""
        return self._keys(purpose)[0]

    def make(self, purpose: str, payload: bytes) -> str:
        """Return ``payload`` with its keyed hash, in URL-safe letters without padding."""
        return seal_text(payload, _mac(self.key(purpose), payload))

    def read(self, purpose: str, token: str) -> bytes | None:
        """Return the payload of a reference made for this purpose, or None for anything else."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except ValueError:
            return None
        payload, mac = raw[:-MAC_SIZE], raw[-MAC_SIZE:]
        known = any(hmac.compare_digest(mac, _mac(key, payload)) for key in self._keys(purpose))
        # A second spelling of the same bytes would be a second token for one letter.
        return payload if known and seal_text(payload, mac) == token else None


class Sealer:
    """Makes very many references under one key: the hash takes the key in once.

    Args:
        key: of a purpose, from `TokenKeys.key`.
    """

    def __init__(self, key: bytes) -> None:
        self._keyed = hashlib.blake2b(key=key, digest_size=MAC_SIZE)

    def seal(self, payload: bytes) -> str:
        """Return the reference for a payload."""
        keyed = self._keyed.copy()
        keyed.update(payload)
        return seal_text(payload, keyed.digest())


def seal_text(payload: bytes, mac: bytes) -> str:
    """Return payload and hash as URL-safe text (RFC 4648, 5) without padding."""
    text = b2a_base64(payload + mac, newline=False).translate(_URL_SAFE)
    return text.rstrip(b"=").decode("ascii")


def _mac(key: bytes, payload: bytes) -> bytes:
    return hashlib.blake2b(payload, key=key, digest_size=MAC_SIZE).digest()
