"""The key of a city's name: folded, written in Latin letters, and without what is no letter."""

import re

from anyascii import anyascii

_NOT_A_LETTER = re.compile(r"[^a-z0-9]+")


def fold_place(name: str) -> str:
    """Return a name in lower-case Latin letters and digits: ``Kraków`` and ``KRAKOW `` are both ``krakow``.

    Any script is transliterated, so that the same place written in two of them has a chance to be found; names
    in two languages (München, Munich) stay two names, since nobody here knows all languages.
    """
    return _NOT_A_LETTER.sub("", anyascii(name).lower())


def city_key(city: str) -> str:
    """Return under which key a city is stored and looked for; never empty for a name that can be read."""
    return fold_place(city) or city.strip().casefold()
