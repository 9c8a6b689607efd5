"""Secrets at rest: what other services' keys and passwords look like in the database."""

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from webapp.core.errors import OperatorError
from webapp.core.registry import load_needed


class Cipher(Protocol):
    """What seals and opens; ``vault_cipher`` has it."""

    def encrypt(self, plain: bytes) -> bytes:
        """Return it encrypted, in ASCII."""
        ...

    def decrypt(self, sealed: bytes) -> bytes:
        """Return what was encrypted, or raise a ValueError."""
        ...


class Vault:
    """Seals and opens secrets with keys derived from the installation's own.

    Args:
        secrets: the installation's secret keys, the current one first; older ones still open what they sealed.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secrets)

    @cached_property
    def _cipher(self) -> Cipher:
        """Return the cipher; its library is big, and most workers have nothing to open."""
        cipher: Cipher = load_needed("webapp.core.vault_cipher").VaultCipher(self._secrets)
        return cipher

    def seal(self, text: str) -> str:
        """Return a secret as it is stored, sealed with the current key; "" stays ""."""
        return self._cipher.encrypt(text.encode()).decode("ascii") if text else ""

    def open(self, sealed: str) -> str:
        """Return a secret that ``seal`` gave.

        Raises:
            OperatorError: no key opens it, since SECRET_KEY was changed without keeping the old one.
        """
        if not sealed:
            return ""
        try:
            return self._cipher.decrypt(sealed.encode()).decode()
        except ValueError as error:
            raise OperatorError(
                "A stored password or key cannot be opened any more. Put the earlier SECRET_KEY into"
                " SECRET_KEY_OLD, or enter the password or key again."
            ) from error
