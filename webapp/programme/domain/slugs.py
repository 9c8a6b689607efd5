"""The short name of an event or programme in addresses: Latin letters, digits and hyphens, the same for ever."""

import re
import unicodedata

from webapp.core.errors import StaffError

LONGEST = 60  # characters
_GOOD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# Letters that Unicode does not take apart into a Latin one and its mark.
_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ß": "ss",
        "ı": "i",
        "ħ": "h",
        "ŋ": "n",
        "'": "",
        "’": "",
        "ʻ": "",
        "‘": "",
    }
)


def propose_slug(name: str) -> str:
    """Return what a name could be called in an address: ``Kraków #3`` gives ``krakow-3``.

    Returns:
        "" where the name has a letter that is not Latin: left out, it would be the wrong name.
    """
    apart = unicodedata.normalize("NFKD", name.lower().translate(_LETTERS))
    bare = "".join(character for character in apart if not unicodedata.combining(character))
    if any(character.isalpha() and not character.isascii() for character in bare):
        return ""
    words = re.findall(r"[a-z0-9]+", bare)
    return "-".join(words)[:LONGEST].strip("-")


def check_slug(text: str, name: str = "") -> str:
    """Return a slug as it is stored.

    Args:
        text: as typed.
        name: what it is to name, from which one is proposed.

    Raises:
        StaffError: it is empty, too long, or has anything but Latin letters, digits and hyphens between them.
    """
    slug = text.strip().lower()
    if _GOOD.fullmatch(slug) and len(slug) <= LONGEST:
        return slug
    proposal = propose_slug(slug) or propose_slug(name)
    how = f", for example {proposal}" if proposal else ""
    if not slug:
        raise StaffError(f"Write an address in Latin letters{how}.", field="slug")
    if len(slug) > LONGEST:
        raise StaffError(f"An address has at most {LONGEST} characters.", field="slug")
    raise StaffError(
        f"An address has Latin letters without accents, digits, and single hyphens between them{how}.",
        field="slug",
    )
