"""Which languages and time zones may be stored: those that the libraries that write dates know."""

from functools import lru_cache
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError

from webapp.core.errors import StaffError


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return the names of the time zones that people may choose, UTC first, without outdated spellings."""
    outdated = ("Etc/", "SystemV/", "US/", "Brazil/", "Canada/", "Chile/", "Mexico/", "posix/", "right/")
    named = (name for name in available_timezones() if "/" in name and not name.startswith(outdated))
    return ("UTC", *sorted(named))


def check_zone(name: str, *, field: str = "timezone") -> str:
    """Return the name of a time zone.

    Raises:
        StaffError: there is none of that name.
    """
    if name not in available_timezones():
        raise StaffError("There is no such time zone. Choose one of the list.", field=field)
    return name


def check_locale(name: str, *, field: str = "locale") -> str:
    """Return a language as it is stored: ``pl``, ``pt-BR`` and ``pt_BR`` are known.

    Raises:
        StaffError: nobody knows it.
    """
    try:
        Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as error:
        raise StaffError("There is no such language. Choose one of the list.", field=field) from error
    return name
