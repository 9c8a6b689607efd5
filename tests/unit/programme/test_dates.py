"""Days are written as exactly as they are known, in the reader's language."""

from datetime import date

import pytest

from webapp.programme.queries.constants import TO_BE_ANNOUNCED, find_locale, write_dates

FIRST, LAST = date(2027, 5, 1), date(2027, 5, 2)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en", "May 2027"),
        ("fr", "mai 2027"),
        ("es", "mayo de 2027"),
        ("pl", "maj 2027"),
        ("pt-BR", "maio de 2027"),
        ("ar", "مايو 2027"),
        ("xx-nonsense", "May 2027"),
    ],
)
def test_of_a_month_no_day_is_named(locale: str, written: str) -> None:
    assert write_dates(FIRST, None, locale, "month") == written
    assert write_dates(FIRST, LAST, locale, "month") == written


def test_what_nobody_knows_yet_is_said_in_words() -> None:
    assert len(set(TO_BE_ANNOUNCED.values())) == 6
    assert write_dates(None, None, "fr_CA", "tbd") == "date à confirmer"
    assert write_dates(FIRST, None, "pt", "tbd") == "data a definir"
    assert write_dates(None, None, "ka", "tbd") == "date to be announced"


def test_a_day_has_its_weekday_and_several_have_two() -> None:
    assert write_dates(FIRST, FIRST, "en_GB") == "Saturday, 1 May 2027"
    assert write_dates(FIRST, LAST, "pl") == "sobota, 1 maja 2027 – niedziela, 2 maja 2027"
    assert write_dates(None, None, "pl") == write_dates(None, LAST, "pl", "month") == ""
    assert str(find_locale("he-IL")) == "he_IL"
