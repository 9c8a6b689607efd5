"""The private keys that letters are signed with: made, published and opened (RFC 6376, RFC 8463)."""

from base64 import b64encode
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from webapp.core.errors import OperatorError

RSA_BITS = 2048  # what every receiver checks and a TXT record can still hold (RFC 8301, 3.2)


class RsaKey:
    """An RSA key that signs with PKCS#1 v1.5."""

    algorithm = "rsa"

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """Return the signature of canonical data."""
        return self._key.sign(data, PKCS1v15(), SHA256())


class Ed25519Key:
    """An Ed25519 key that signs the hash (PureEdDSA; RFC 8463, 3)."""

    algorithm = "ed25519"

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, data: bytes) -> bytes:
        """Return the signature of canonical data."""
        return self._key.sign(sha256(data).digest())


def open_key(pem: str) -> RsaKey | Ed25519Key:
    """Return a private key that signs.

    Raises:
        OperatorError: it is no RSA or Ed25519 key.
    """
    key = _load(pem)
    return RsaKey(key) if isinstance(key, RSAPrivateKey) else Ed25519Key(key)


def make_rsa_key() -> str:
    """Return a new private RSA key as PEM."""
    return _pem(generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def make_ed25519_key() -> str:
    """Return a new private Ed25519 key as PEM; few receivers know it yet."""
    return _pem(Ed25519PrivateKey.generate())


def dns_record(pem: str) -> str:
    """Return the text of the TXT record at ``selector._domainkey.domain`` (RFC 6376, 3.6.1; RFC 8463, 4).

    Raises:
        OperatorError: it is no RSA or Ed25519 key.
    """
    key = _load(pem)
    if isinstance(key, RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return f"v=DKIM1; k=rsa; p={b64encode(public).decode('ascii')}"
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k=ed25519; p={b64encode(public).decode('ascii')}"


def _pem(key: RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def _load(pem: str) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        # We made it, and the vault has found it unchanged: proving its numbers prime again would take 40 ms a shoot.
        key = load_pem_private_key(pem.encode("ascii"), password=None, unsafe_skip_rsa_key_validation=True)
    except ValueError as error:
        raise OperatorError("A stored DKIM key cannot be read. Make a new one at its sender.") from error
    if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        raise OperatorError("A stored DKIM key is neither RSA nor Ed25519. Make a new one at its sender.")
    return key
