"""The cipher of the vault: keys derived from the installation's secrets (HKDF, RFC 5869; Fernet)."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_INFO = b"postroom:vault"


class VaultCipher:
    """Encrypts with the first key and decrypts with any.

    Args:
        secrets: the installation's secret keys, the current one first.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(_derive(secret)) for secret in secrets])

    def encrypt(self, plain: bytes) -> bytes:
        """Return it encrypted, in ASCII."""
        return self._keys.encrypt(plain)

    def decrypt(self, sealed: bytes) -> bytes:
        """Return what ``encrypt`` was given.

        Raises:
            ValueError: no key opens it.
        """
        try:
            return self._keys.decrypt(sealed)
        except InvalidToken as error:
            raise ValueError("No key opens it.") from error


def _derive(secret: str) -> bytes:
    """Return the Fernet key of a secret: for this purpose only, so that no other use of the secret opens it."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret.encode())
    return base64.urlsafe_b64encode(key)
