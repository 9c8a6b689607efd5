"""What an address is: two spellings of one mailbox are one person."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from webapp.core.errors import StaffError
from webapp.core.words import say

MAX_LENGTH = 254  # RFC 5321 4.5.3.1.3: a path of 256 octets less its two angle brackets

# A strict subset of what email-validator accepts and leaves as it is, and what nearly every row of a register
# looks like: deciding it here takes 1 microsecond instead of 40. Everything else is asked of the library.
_PLAIN = re.compile(
    r"(?=.{6,254}\Z)[a-z0-9_+'-]+(?:\.[a-z0-9_+'-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_SPECIAL_USE = (".arpa", ".invalid", ".local", ".localhost", ".onion")  # RFC 6761: nobody's mail lives there
_TOO_LONG = say("An address has at most %(count)s characters.", count=MAX_LENGTH)
_NO_ADDRESS = say(
    "This is not a whole e-mail address. Look at it letter by letter; it is like ana@example.org."
)
_AROUND = "<>\u200b\ufeff "


def normalise_address(text: str) -> str:
    """Return the one spelling under which an address is stored and compared.

    Surrounding space and a ``mailto:`` are dropped, the whole is NFC and lower case (a mailbox that tells
    case apart exists in the standard only), an international domain is kept readable.

    Args:
        text: as somebody wrote it, of any length.

    Raises:
        StaffError: it is no address; the message says why, without repeating it.
    """
    if text.isascii():
        plain = text.strip().lower()
        # "--" may be Punycode (xn--), which the library turns into the script it stands for.
        if _PLAIN.fullmatch(plain) and "--" not in plain and not plain.endswith(_SPECIAL_USE):
            return plain
    return _normalise_any(text)


def _normalise_any(text: str) -> str:
    """Return what ``normalise_address`` promises, for any text and at the library's pace."""
    text = unicodedata.normalize("NFC", text).strip().removeprefix("mailto:").strip(_AROUND)
    if not text:
        raise StaffError(say("There is no address."), field="email")
    if len(text) > MAX_LENGTH:  # asked first: the library takes its time over very long ones
        raise StaffError(_TOO_LONG, field="email")
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            allow_smtputf8=True,
            test_environment=True,
            allow_empty_local=False,
        )
    except EmailNotValidError as error:
        raise StaffError(_NO_ADDRESS.precisely(str(error)), field="email") from error
    address = unicodedata.normalize("NFC", found.normalized.lower())
    if len(address) > MAX_LENGTH:
        raise StaffError(_TOO_LONG, field="email")
    return address


def normalise_name(text: str) -> str:
    """Return a name in NFC with runs of white space folded to one space and control characters dropped."""
    text = unicodedata.normalize("NFC", text)
    if text.isprintable():  # no control character, no surrogate, no white space but the space
        return " ".join(text.split())
    kept = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cs"}
    )
    return " ".join(kept.split())
