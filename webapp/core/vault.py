"""Secrets at rest: what other services' keys and passwords look like in the database."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from webapp.core.errors import OperatorError

_INFO = b"postroom:vault"


class Vault:
    """Seals and opens secrets with keys derived from the installation's own (HKDF, RFC 5869; Fernet).

    Args:
        secrets: the installation's secret keys, the current one first; older ones still open what they sealed.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._keys = MultiFernet([Fernet(_derive(secret)) for secret in secrets])

    def seal(self, text: str) -> str:
        """Return a secret as it is stored, sealed with the current key; "" stays ""."""
        return self._keys.encrypt(text.encode()).decode("ascii") if text else ""

    def open(self, sealed: str) -> str:
        """Return a secret that ``seal`` gave.

        Raises:
            OperatorError: no key opens it, since SECRET_KEY was changed without keeping the old one.
        """
        if not sealed:
            return ""
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError) as error:
            raise OperatorError(
                "A stored password or key cannot be opened any more. Put the earlier SECRET_KEY into"
                " SECRET_KEY_OLD, or enter the password or key again."
            ) from error


def _derive(secret: str) -> bytes:
    """Return the Fernet key of a secret: for this purpose only, so that no other use of the secret opens it."""
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_INFO).derive(secret.encode())
    return base64.urlsafe_b64encode(key)
