"""Two spellings of one place are found; two places of one name stay two."""

import pytest

from webapp.programme.domain.city_names import city_key
from webapp.programme.domain.place_names import country_key, is_same_place, slug_candidates


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kraków", " KRAKOW "),
        ("Łódź", "Lodz"),
        ("São Paulo", "Sao-Paulo"),
        ("Αθήνα", "Athina"),
        ("北京", "Beijing"),
        ("München", "Mu\u0308nchen"),
        ("İstanbul", "istanbul"),
    ],
)
def test_spellings_of_one_place_have_one_key(one: str, other: str) -> None:
    assert city_key(one) == city_key(other)


def test_names_in_two_languages_stay_two() -> None:
    assert city_key("München") == "munchen"
    assert city_key("Munich") == "munich"


def test_a_country_is_known_by_code_and_by_name() -> None:
    assert country_key("pl") == country_key("Poland") == "PL"
    assert country_key("Somewhere Else") == "somewhereelse"


def test_the_country_keeps_two_cities_apart() -> None:
    assert not is_same_place("Valencia", "ES", "Valencia", "VE")
    assert is_same_place("Valencia", "ES", "valencia", "Spain")
    assert is_same_place("Valencia", "", "Valencia", "VE"), "nobody said where"


@pytest.mark.parametrize("city", ["北京", "Αθήνα", "القاهرة", "", "!!!"])
def test_no_address_is_made_up_for_a_name_that_is_not_latin(city: str) -> None:
    assert slug_candidates(city, "CN", 2027, 3) == ()


def test_addresses_say_what_tells_them_apart() -> None:
    assert slug_candidates("Kraków", "PL", 2027, 3) == ("krakow", "krakow-2027", "krakow-2027-03")
    assert slug_candidates("Valencia", "VE", 2027, 3, is_elsewhere=True)[:2] == ("valencia", "valencia-ve")
