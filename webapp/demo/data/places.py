"""Programmes, events and staff of the demo; dates are days from the day it is loaded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """An event of the demo.

    Args:
        programme: slug of its programme.
        slug: its own.
        name: its name.
        city: where.
        country: ISO code.
        timezone: its zone.
        locale: language of its people, a key of ``names.SCRIPTS``.
        starts_in: days from today; None where there is no date.
        people: how many are registered.
        state: of the event.
    """

    programme: str
    slug: str
    name: str
    city: str
    country: str
    timezone: str
    locale: str
    starts_in: int | None
    people: int
    state: str = "open"


PROGRAMMES = (
    (
        "code-circle",
        "Code Circle",
        "help@code-circle.example",
        "Code Circle e.V., ul. Długa 7, 31-146 Kraków",
        "Europe/Warsaw",
    ),
    (
        "northbank",
        "Northbank Evening Courses",
        "desk@northbank.example",
        "Northbank, 2 River Street, Leeds LS1 4AB",
        "Europe/London",
    ),
)

EVENTS = (
    DemoEvent(
        "code-circle", "krakow-3", "Code Circle Kraków #3", "Kraków", "PL", "Europe/Warsaw", "pl", 18, 84
    ),
    DemoEvent("code-circle", "cairo-2", "القاهرة Cairo #2", "القاهرة", "EG", "Africa/Cairo", "ar", 40, 66),
    DemoEvent(
        "code-circle", "sao-paulo-1", "São Paulo #1", "São Paulo", "BR", "America/Sao_Paulo", "pt-BR", 70, 41
    ),
    DemoEvent("code-circle", "nairobi-2", "Nairobi #2", "Nairobi", "KE", "Africa/Nairobi", "en", 34, 0),
    DemoEvent("code-circle", "taipei-1", "台北 Taipei #1", "台北", "TW", "Asia/Taipei", "zh-TW", -1, 52),
    DemoEvent("code-circle", "athens-1", "Αθήνα Athens #1", "Αθήνα", "GR", "Europe/Athens", "el", -16, 38),
    DemoEvent("code-circle", "lodz-2", "Łódź #2", "Łódź", "PL", "Europe/Warsaw", "pl", -95, 47, "closed"),
    DemoEvent(
        "code-circle", "valencia-es-1", "Valencia (ES) #1", "Valencia", "ES", "Europe/Madrid", "es", 120, 19
    ),
    DemoEvent(
        "code-circle",
        "reykjavik-1",
        "Reykjavík #1",
        "Reykjavík",
        "IS",
        "Atlantic/Reykjavik",
        "is",
        25,
        12,
        "cancelled",
    ),
    DemoEvent(
        "code-circle",
        "tbilisi-1",
        "თბილისი Tbilisi #1",
        "თბილისი",
        "GE",
        "Asia/Tbilisi",
        "ka",
        None,
        9,
        "postponed",
    ),
    DemoEvent("northbank", "data-basics", "Data Basics, Leeds", "Leeds", "GB", "Europe/London", "en", 12, 23),
    DemoEvent(
        "northbank",
        "bases-du-web",
        "Bases du web, Montréal",
        "Montréal",
        "CA",
        "America/Toronto",
        "fr",
        27,
        21,
    ),
)

SENDERS = (
    ("hello@code-circle.example", "Code Circle", "code-circle", None),
    ("krakow@code-circle.example", "Ola z Code Circle Kraków", "code-circle", "krakow-3"),
    ("cairo@code-circle.example", "Code Circle القاهرة", "code-circle", "cairo-2"),
    ("desk@northbank.example", "Northbank Evening Courses", "northbank", None),
)

NEWSLETTER_READERS = 180  # of Code Circle, among them some who are registered too
