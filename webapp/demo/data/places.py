"""Programmes, events and senders of the demo; dates are days from the day it is loaded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoEvent:
    """An event of the demo.

    Args:
        programme, slug, name, city, country, timezone: as on the event.
        locale: language of its people, a key of ``names.SCRIPTS``.
        starts_in: days from today to its first day; None where there is no date.
        ends_in: likewise to its last day; None where it is over on the same day.
        state, format, precision, capacity, series, edition: as on the event.
        previous: slug of the edition before.
        known_for: days since it was entered.
        is_site_ready: its page is there.
        numbers: (applicants, attendees) as its organizers told, a day after they were asked.
        form: days from today on which its form opened and closes; None where it has none, (None, None) where
            it has no times.
    """

    programme: str
    slug: str
    name: str
    city: str
    country: str
    timezone: str
    locale: str
    starts_in: int | None
    ends_in: int | None = None
    state: str = "open"
    format: str = "in_person"
    precision: str = "day"
    capacity: int | None = None
    series: str = ""
    edition: int = 1
    previous: str = ""
    known_for: int = 120
    is_site_ready: bool = True
    numbers: tuple[int, int] | None = None
    form: tuple[int | None, int | None] | None = None


@dataclass(frozen=True, slots=True)
class DemoProgramme:
    """A programme of the demo; all as on the programme."""

    slug: str
    name: str
    support_email: str
    postal_address: str
    timezone: str
    event_word: str = "workshop"
    organizer_word: str = "organizer"
    is_hosting_open: bool = True
    rsvp_days: int = 7
    mail_domain: str = ""


PROGRAMMES = (
    DemoProgramme(
        "code-circle",
        "Code Circle",
        "help@code-circle.example",
        "Code Circle e.V., ul. Długa 7, 31-146 Kraków",
        "Europe/Warsaw",
        mail_domain="code-circle.example",
    ),
    DemoProgramme(
        "northbank",
        "Northbank Evening Courses",
        "desk@northbank.example",
        "Northbank, 2 River Street, Leeds LS1 4AB",
        "Europe/London",
        event_word="course",
        organizer_word="tutor",
    ),
    DemoProgramme(
        "launchpad",
        "Launchpad Bootcamp",
        "crew@launchpad.example",
        "Launchpad, 14 Marina Road, Lagos",
        "Africa/Lagos",
        event_word="cohort",
        organizer_word="mentor",
        is_hosting_open=False,  # its events are made by staff
        rsvp_days=14,
    ),
)


_Place = tuple[str, str, str, str, str, str, str]


def _circle(slug: str, name: str, city: str, country: str, timezone: str, locale: str) -> _Place:
    """Return the beginning of an event of Code Circle."""
    return ("code-circle", slug, name, city, country, timezone, locale)


EVENTS = (
    DemoEvent(
        *_circle("krakow-3", "Code Circle Kraków #3", "Kraków", "PL", "Europe/Warsaw", "pl"),
        starts_in=18,
        capacity=30,
        series="krakow",
        edition=3,
        previous="krakow-2",
        known_for=150,
        form=(-60, -25),
    ),
    DemoEvent(
        *_circle("cairo-2", "القاهرة Cairo #2", "القاهرة", "EG", "Africa/Cairo", "ar"),
        starts_in=40,
        capacity=40,
        series="cairo",
        edition=2,
        form=(-45, -4),
    ),
    DemoEvent(
        *_circle("sao-paulo-1", "São Paulo #1", "São Paulo", "BR", "America/Sao_Paulo", "pt-BR"),
        starts_in=70,
        capacity=35,
        series="sao-paulo",
        known_for=60,
        form=(-30, 6),
    ),
    DemoEvent(
        *_circle("nairobi-2", "Nairobi #2", "Nairobi", "KE", "Africa/Nairobi", "en"),
        starts_in=34,
        series="nairobi",
        edition=2,
        known_for=20,
        is_site_ready=False,
    ),
    DemoEvent(
        *_circle("taipei-1", "台北 Taipei #1", "台北", "TW", "Asia/Taipei", "zh-TW"),
        starts_in=-1,
        capacity=27,
        series="taipei",
        known_for=160,
        form=(-80, -40),
    ),
    DemoEvent(
        *_circle("athens-1", "Αθήνα Athens #1", "Αθήνα", "GR", "Europe/Athens", "el"),
        starts_in=-16,
        state="closed",
        capacity=25,
        series="athens",
        known_for=170,
        form=(-95, -55),
    ),
    DemoEvent(
        *_circle("lodz-2", "Łódź #2", "Łódź", "PL", "Europe/Warsaw", "pl"),
        starts_in=-95,
        state="closed",
        capacity=30,
        series="lodz",
        edition=2,
        known_for=260,
        numbers=(47, 24),
        form=(-170, -135),
    ),
    DemoEvent(
        *_circle("valencia-es-1", "Valencia (ES) #1", "Valencia", "ES", "Europe/Madrid", "es"),
        starts_in=120,
        state="planned",
        precision="month",
        series="valencia-es",
        known_for=35,
        is_site_ready=False,
    ),
    DemoEvent(
        *_circle("valencia-ve-1", "Valencia (VE) #1", "Valencia", "VE", "America/Caracas", "es"),
        starts_in=55,
        format="remote",
        capacity=40,
        series="valencia-ve",
        known_for=70,
        form=(-20, 20),
    ),
    DemoEvent(
        *_circle("reykjavik-1", "Reykjavík #1", "Reykjavík", "IS", "Atlantic/Reykjavik", "is"),
        starts_in=25,
        state="cancelled",
        capacity=12,
        series="reykjavik",
        known_for=130,
        form=(-70, -35),
    ),
    DemoEvent(
        *_circle("tbilisi-1", "თბილისი Tbilisi #1", "თბილისი", "GE", "Asia/Tbilisi", "ka"),
        starts_in=None,
        state="postponed",
        precision="tbd",
        series="tbilisi",
        known_for=110,
        form=(-40, None),
    ),
    DemoEvent(
        *_circle("mumbai-1", "मुंबई Mumbai #1", "मुंबई", "IN", "Asia/Kolkata", "hi"),
        starts_in=48,
        state="planned",
        series="mumbai",
        known_for=1,
        is_site_ready=False,
    ),
    DemoEvent(
        *_circle("krakow-2", "Code Circle Kraków #2", "Kraków", "PL", "Europe/Warsaw", "pl"),
        starts_in=-380,
        state="archived",
        capacity=30,
        series="krakow",
        edition=2,
        known_for=540,
        numbers=(61, 28),
        form=(-450, -420),
    ),
    DemoEvent(
        "northbank",
        "data-basics",
        "Data Basics, Leeds",
        "Leeds",
        "GB",
        "Europe/London",
        "en",
        starts_in=12,
        ends_in=61,
        capacity=16,
        series="data-basics",
        known_for=90,
        form=(-40, -8),
    ),
    DemoEvent(
        "northbank",
        "bases-du-web",
        "Bases du web, Montréal",
        "Montréal",
        "CA",
        "America/Toronto",
        "fr",
        starts_in=27,
        ends_in=69,
        capacity=18,
        series="bases-du-web",
        known_for=60,
        form=(-21, 5),
    ),
    DemoEvent(
        "launchpad",
        "lagos-4",
        "Launchpad Lagos, cohort 4",
        "Lagos",
        "NG",
        "Africa/Lagos",
        "en",
        starts_in=90,
        ends_in=174,
        format="remote",
        capacity=24,
        series="lagos",
        edition=4,
        known_for=75,
        form=(-35, 10),
    ),
)

SENDERS = (
    ("hello@code-circle.example", "Code Circle", "code-circle", None),
    ("krakow@code-circle.example", "Ola z Code Circle Kraków", "code-circle", "krakow-3"),
    ("cairo@code-circle.example", "Code Circle القاهرة", "code-circle", "cairo-2"),
    ("desk@northbank.example", "Northbank Evening Courses", "northbank", None),
    ("crew@launchpad.example", "Launchpad Bootcamp", "launchpad", None),
)
