"""Whether two spellings mean one place, and what an event there may be called."""

from functools import lru_cache

from babel import Locale

from webapp.programme.domain.city_names import city_key, fold_place
from webapp.programme.domain.slugs import propose_slug


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Return the codes of ISO 3166 by folded English name."""
    territories = Locale("en").territories
    return {fold_place(name): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}


def country_key(country: str) -> str:
    """Return a country's code (ISO 3166), given the code or the English name; else its folded name."""
    folded = fold_place(country)
    return folded.upper() if len(folded) == 2 else _codes().get(folded, folded)


def is_same_place(city: str, country: str, other_city: str, other_country: str) -> bool:
    """Say whether two places may be one; a country that is not known is no reason against it."""
    here, there = country_key(country), country_key(other_country)
    return city_key(city) == city_key(other_city) and (here == there or not here or not there)


def slug_candidates(
    city: str, country: str, year: int, month: int, *, is_elsewhere: bool = False
) -> tuple[str, ...]:
    """Return what an event there could be called in its address, the best first; none is ever just numbered.

    Args:
        city, country: where it is.
        year, month: when it is.
        is_elsewhere: a city of the same name in another country has the first one already.

    Returns:
        Nothing for a name that is not Latin: a person has to say how it is written.
    """
    base = propose_slug(city)
    if not base:
        return ()
    code = country_key(country).lower()
    apart = (f"{base}-{code}",) if is_elsewhere and len(code) == 2 else ()
    return (base, *apart, f"{base}-{year}", f"{base}-{year}-{month:02}")
