"""The translations of what people outside read, and how their languages write numbers and days.

The catalogues are gettext's, one file a language in ``webapp/translations``. They are read as they are when they are
first needed, so there is nothing to compile and nothing that can be out of date.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

FOLDER = Path(__file__).resolve().parent.parent / "translations"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the translations into a language by their English words; none into English."""
    path = FOLDER / f"{language}.po"
    if language == "en" or not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale=language.replace("-", "_"))
    return {str(one.id): str(one.string) for one in messages if one.id and one.string and not one.fuzzy}


def write(value: int | date, language: str) -> str:
    """Write a number or a day as a language does."""
    locale = Locale.parse(language.replace("-", "_"))
    if isinstance(value, date):
        return format_date(value, "long", locale=locale)
    return format_decimal(value, locale=locale)
