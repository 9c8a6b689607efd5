"""Values of the merge fields that are the same for everybody who gets a letter of an event or programme."""

from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton

from webapp.core.database import db
from webapp.programme.models.programme import Event, Programme


def letter_constants(programme_id: int | None, event_id: int | None, locale: str) -> dict[str, str]:
    """Return what the catalog's constant fields mean for a letter of this place.

    Args:
        programme_id: the letter's programme, if any.
        event_id: the letter's event, if any.
        locale: of the letter, for example ``pl`` or ``he-IL``; dates are written as people there do.

    Returns:
        Values by field name; "" where the place has none. ``sender.name`` and ``letter.reason`` are not
        among them: they belong to the letter.
    """
    event = db.session.get(Event, event_id) if event_id is not None else None
    programme = event.programme if event else None
    if programme is None and programme_id is not None:
        programme = db.session.get(Programme, programme_id)
    return {
        "event.name": event.name if event else "",
        "event.city": event.city if event else "",
        "event.date": write_event_dates(event, locale) if event else "",
        "event.url": event.url if event else "",
        "programme.name": programme.name if programme else "",
        "programme.support_email": programme.support_email if programme else "",
        "programme.postal_address": programme.postal_address if programme else "",
    }


def write_event_dates(event: Event, locale: str) -> str:
    """Write when an event takes place, in a locale; of one whose day is not known yet only the month."""
    if event.starts_on is not None and event.date_precision == "month":
        return format_skeleton("yMMMM", event.starts_on, locale=find_locale(locale))
    return write_dates(event.starts_on, event.ends_on, locale)


def write_dates(starts_on: date | None, ends_on: date | None, locale: str) -> str:
    """Write the day of an event, or its first and last, with the weekday, in a locale; "" where there is none."""
    if starts_on is None:
        return ""
    known = find_locale(locale)
    first = format_date(starts_on, "full", locale=known)
    if ends_on is None or ends_on == starts_on:
        return first
    return f"{first} – {format_date(ends_on, 'full', locale=known)}"


def find_locale(name: str) -> Locale:
    """Return the locale of a name such as ``he-IL``; English where nobody knows it."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Locale("en")
