"""What an address is: two spellings of one mailbox are one person."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from webapp.core.errors import StaffError

MAX_LENGTH = 254  # RFC 5321 4.5.3.1.3: a path of 256 octets less its two angle brackets


def normalise_address(text: str) -> str:
    """Return the one spelling under which an address is stored and compared.

    Surrounding space and a ``mailto:`` are dropped, the whole is NFC and lower case (a mailbox that tells
    case apart exists in the standard only), an international domain is kept readable.

    Raises:
        StaffError: it is no address; the message says why, without repeating it.
    """
    text = unicodedata.normalize("NFC", text).strip().removeprefix("mailto:").strip("<>\u200b\ufeff ")
    if not text:
        raise StaffError("There is no address.", field="email")
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=True,
            test_environment=True,
            allow_empty_local=False,
        )
    except EmailNotValidError as error:
        raise StaffError(str(error), field="email") from error
    address = found.normalized.lower()
    if len(address) > MAX_LENGTH:
        raise StaffError(f"An address has at most {MAX_LENGTH} characters.", field="email")
    return address


def normalise_name(text: str) -> str:
    """Return a name in NFC with runs of white space folded to one space and control characters dropped."""
    kept = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}
    )
    return " ".join(kept.split())
