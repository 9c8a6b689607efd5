"""Where a letter's words are looked for: the event before the programme before what ships, languages in their order."""

import pytest

from webapp.mail.domain.letter_chain import Keeper, find_winner, letter_chain
from webapp.mail.domain.letter_texts import LetterText

EVENT, PROGRAMME, BUILT_IN = Keeper.EVENT, Keeper.PROGRAMME, Keeper.BUILT_IN
SHIPPED = {name: LetterText("Shipped", "Because.", locale=name) for name in ("en", "ar", "pt-BR")}


def words(locale: str) -> LetterText:
    return LetterText("Own", "Because.", locale=locale)


def test_all_places_are_asked_in_order() -> None:
    chain = letter_chain({}, SHIPPED, "pt-BR", (EVENT, PROGRAMME))
    assert [(link.keeper, link.locale) for link in chain] == [
        (EVENT, "pt-BR"),
        (EVENT, "pt"),
        (EVENT, ""),
        (PROGRAMME, "pt-BR"),
        (PROGRAMME, "pt"),
        (PROGRAMME, ""),
        (BUILT_IN, "pt-BR"),
    ]
    assert [link.keeper for link in letter_chain({}, SHIPPED, "en", ())] == [BUILT_IN]


@pytest.mark.parametrize(
    ("own", "locale", "keeper", "found"),
    [
        ({}, "ar", BUILT_IN, "ar"),
        ({}, "ka", BUILT_IN, "en"),
        ({(PROGRAMME, "")}, "ka", PROGRAMME, ""),
        ({(PROGRAMME, "ar"), (EVENT, "")}, "ar", EVENT, ""),
        ({(PROGRAMME, "ar"), (EVENT, "pl")}, "ar", PROGRAMME, "ar"),
        ({(EVENT, "pt"), (EVENT, "")}, "pt-BR", EVENT, "pt"),
        ({(EVENT, "pt-BR")}, "pt", BUILT_IN, "pt-BR"),
    ],
)
def test_the_first_words_that_are_found_are_used(
    own: set[tuple[Keeper, str]], locale: str, keeper: Keeper, found: str
) -> None:
    texts = {(whose, name): words(name) for whose, name in own}
    winner = find_winner(letter_chain(texts, SHIPPED, locale, (EVENT, PROGRAMME)))
    assert winner is not None
    assert winner.text is not None
    assert (winner.keeper, winner.locale) == (keeper, found)
    assert winner.text.locale == (found or locale), "words for every language are words of the reader's"


def test_there_may_be_none() -> None:
    chain = letter_chain({}, {}, "ar", (PROGRAMME,))
    assert find_winner(chain) is None
    assert (chain[-1].keeper, chain[-1].locale) == (BUILT_IN, "ar")
