"""Where a letter's words are looked for, from the event down to what ships: the first that are found are used."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.mail.domain.letter_texts import LetterText, in_locale
from webapp.mail.domain.locales import nearest

EVERY_LANGUAGE = ""


class Keeper(StrEnum):
    """Who may have words for a letter, the closest to its reader first."""

    EVENT = "event"
    PROGRAMME = "programme"
    BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class Link:
    """One place that is asked for words.

    Args:
        keeper: whose.
        locale: of the words; ``EVERY_LANGUAGE`` for those that are for all that have none of their own.
        text: what is written there, if anything, as words of the language that was asked for.
    """

    keeper: Keeper
    locale: str
    text: LetterText | None


Own = Mapping[tuple[Keeper, str], LetterText]
"""What staff wrote, by whose it is and in which language."""


def letter_chain(
    own: Own, shipped: Mapping[str, LetterText], locale: str, keepers: tuple[Keeper, ...]
) -> list[Link]:
    """Return all places that are asked for words in a language, in order.

    The event's in that language (and in it without its country), the event's for every language, the
    programme's likewise, then what ships, in the nearest language or in English.

    Args:
        own: what staff wrote.
        shipped: what ships, by locale.
        locale: the reader's, for example ``pt-BR``.
        keepers: whom there is to ask beside what ships.
    """
    asked = dict.fromkeys((locale, locale.partition("-")[0], EVERY_LANGUAGE))
    chain = [Link(keeper, name, own.get((keeper, name))) for keeper in keepers for name in asked]
    chain = [
        Link(link.keeper, link.locale, in_locale(link.text, locale) if link.text else None) for link in chain
    ]
    found = nearest(shipped, locale)
    if found is None or found.locale != locale:
        chain.append(Link(Keeper.BUILT_IN, locale, None))
    if found is not None:
        chain.append(Link(Keeper.BUILT_IN, found.locale, found))
    return chain


def find_winner(chain: list[Link]) -> Link | None:
    """Return the place whose words are used; None where there are none at all."""
    return next((link for link in chain if link.text is not None), None)
