"""What a locale's name says: which words are the nearest to it, and which way they run."""

from collections.abc import Mapping
from typing import TypeVar

_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi"})
Words = TypeVar("Words")


def direction(locale: str) -> str:
    """Return "rtl" or "ltr" for a locale such as ``he-IL`` or ``az_Arab``."""
    words = locale.lower().replace("_", "-").split("-")
    if "arab" in words or "hebr" in words:
        return "rtl"
    return "rtl" if words[0] in _RIGHT_TO_LEFT and "latn" not in words else "ltr"


def nearest(texts: Mapping[str, Words], locale: str) -> Words | None:
    """Return the words in a locale, in its language, or in English; None where there is none of these.

    ``pt`` finds ``pt-BR`` and ``fr-CA`` finds ``fr``.
    """
    wanted = locale.replace("_", "-")
    language = wanted.split("-")[0].lower()
    by_name = {name.lower(): text for name, text in texts.items()}
    if wanted.lower() in by_name:
        return by_name[wanted.lower()]
    if language in by_name:
        return by_name[language]
    of_language = [text for name, text in sorted(texts.items()) if name.lower().split("-")[0] == language]
    return of_language[0] if of_language else by_name.get("en")
