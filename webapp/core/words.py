"""Sentences for people outside: English wherever staff and logs read them, and in the reader's language on pages.

The English words are the keys of the catalogues, which ``word_catalogues`` reads when somebody reads another language.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from webapp.core.registry import load_needed

LANGUAGES = ("en", "fr", "es", "pl", "pt-BR", "ar")
"""What public pages can be read in; the first is what is written in the code."""

Value = str | int | date


class Said(str):
    """A sentence that is its English self to whoever does not ask, and still knows what it was made of.

    Args:
        msgid: the English words with places such as ``%(days)s``.
        values: what stands in these places; numbers and days are written as the reader's language does.
        english: the English sentence where it says more than the words; by default the words with their values.
    """

    msgid: str
    values: Mapping[str, Value]

    def __new__(cls, msgid: str, values: Mapping[str, Value] | None = None, english: str = "") -> "Said":
        """Write it in English."""
        filled = msgid % {name: _plainly(value) for name, value in values.items()} if values else msgid
        self = super().__new__(cls, english or filled)
        self.msgid, self.values = msgid, dict(values or {})
        return self

    def __mod__(self, values: object) -> "Said":
        """Stay as it is: the validators of WTForms fill messages in, and this one is filled in already."""
        return self

    def precisely(self, english: str) -> "Said":
        """Return the same sentence for readers of other languages, and a more exact one for English ones."""
        return Said(self.msgid, self.values, english)


def say(msgid: str, **values: Value) -> Said:
    """Return a sentence of which there is a translation; a test looks for those of every call.

    Args:
        msgid: English words, literally, with places such as ``%(days)s`` for the values.
        values: by name.
    """
    return Said(msgid, values)


def as_stored(text: str) -> object:
    """Return a sentence as JSON keeps it; ``read_said`` reads it."""
    if not isinstance(text, Said):
        return text
    values = {
        name: {"day": value.isoformat()} if isinstance(value, date) else value
        for name, value in text.values.items()
    }
    return {"words": text.msgid, "values": values, "english": str(text)}


def read_said(stored: object) -> str:
    """Return a sentence that was kept as JSON; what was kept as plain text is plain text."""
    if not isinstance(stored, dict):
        return str(stored)
    values = {
        name: date.fromisoformat(value["day"]) if isinstance(value, dict) else value
        for name, value in stored["values"].items()
    }
    return Said(stored["words"], values, stored["english"])


def translate(text: str, locale: str) -> str:
    """Return a sentence in a language; plain text, which is somebody's own words, stays as it is.

    Args:
        text: made by ``say``, or any other text.
        locale: the reader's; where nobody has translated it is English.
    """
    language = find_language(locale) or "en"
    if not isinstance(text, Said) or language == "en":
        return text
    catalogues: Any = load_needed("webapp.core.word_catalogues")
    words: str | None = catalogues.catalogue(language).get(text.msgid)
    if words is None:
        return text
    if not text.values:
        return words
    return words % {
        name: translate(value, language) if isinstance(value, str) else catalogues.write(value, language)
        for name, value in text.values.items()
    }


def translator(locale: str) -> Callable[[str], str]:
    """Return ``translate`` for one language."""
    return lambda text: translate(text, locale)


def find_language(locale: str) -> str | None:
    """Return the language of ours that somebody with this locale reads, None where there is none.

    ``pt`` finds ``pt-BR`` and ``fr-CA`` finds ``fr``.
    """
    wanted = locale.replace("_", "-").lower()
    for language in LANGUAGES:
        if language.lower() == wanted:
            return language
    first = wanted.split("-")[0]
    return next((language for language in LANGUAGES if language.lower().split("-")[0] == first), None)


def _plainly(value: Value) -> str:
    """Write a value as English sentences have it."""
    return f"{value:,}" if isinstance(value, int) else str(value)
