"""Values of the merge fields that are the same for everybody who gets a letter of an event or programme."""

from datetime import date

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from sqlalchemy import select

from webapp.core.database import db
from webapp.mail.domain.locales import nearest
from webapp.mail.models.sender import Sender
from webapp.programme.domain.mailbox_states import MailboxState
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.organizers import find_organizer_names

# What stands in a letter for a day that nobody knows yet; like other words, in English where there is no other.
TO_BE_ANNOUNCED = {
    "en": "date to be announced",
    "fr": "date à confirmer",
    "es": "fecha por confirmar",
    "pl": "termin do ustalenia",
    "pt-BR": "data a definir",
    "ar": "يُعلن الموعد لاحقًا",
}


def letter_constants(programme_id: int | None, event_id: int | None, locale: str) -> dict[str, str]:
    """Return what the catalog's constant fields mean for a letter of this place.

    Args:
        programme_id: the letter's programme, if any.
        event_id: the letter's event, if any.
        locale: of the letter, for example ``pl`` or ``he-IL``; dates and lists are written as people there do.

    Returns:
        Values by field name; "" where the place has none. ``sender.name`` and ``letter.reason`` are not
        among them: they belong to the letter.
    """
    event = db.session.get(Event, event_id) if event_id is not None else None
    programme = event.programme if event else None
    if programme is None and programme_id is not None:
        programme = db.session.get(Programme, programme_id)
    return {
        **_event_constants(event, locale),
        "programme.name": programme.name if programme else "",
        "programme.support_email": programme.support_email if programme else "",
        "programme.postal_address": programme.postal_address if programme else "",
    }


def _event_constants(event: Event | None, locale: str) -> dict[str, str]:
    """Return what the fields about an event mean; "" where there is none."""
    if event is None:
        fields = ("name", "city", "date", "url", "time_zone", "address")
        return {**{f"event.{name}": "" for name in fields}, "organizers.names": ""}
    names = find_organizer_names(event.id)
    return {
        "event.name": event.name,
        "event.city": event.city,
        "event.date": write_event_dates(event, locale),
        "event.url": event.url,
        "event.time_zone": event.timezone,
        "event.address": _find_address(event),
        "organizers.names": format_list(names, locale=find_locale(locale)) if names else "",
    }


def _find_address(event: Event) -> str:
    """Return where one writes to about an event: its mailbox once that works, its own sender, else support."""
    mailbox = select(Mailbox.address).where(
        Mailbox.event_id == event.id, Mailbox.state == MailboxState.ACTIVE
    )
    sender = select(Sender.address).where(Sender.event_id == event.id, Sender.is_active)
    return (
        db.session.scalar(mailbox.order_by(Mailbox.id.desc()).limit(1))
        or db.session.scalar(sender.order_by(Sender.id).limit(1))
        or event.programme.support_email
    )


def write_event_dates(event: Event, locale: str) -> str:
    """Write when an event takes place, in a locale, as exactly as that is known."""
    return write_dates(event.starts_on, event.ends_on, locale, event.date_precision)


def write_dates(starts_on: date | None, ends_on: date | None, locale: str, precision: str = "day") -> str:
    """Write the day of an event, or its first and last, with the weekday, in a locale.

    Args:
        starts_on: the first day; of a month any day of it.
        ends_on: the last day, where there is more than one.
        locale: for example ``pl`` or ``he-IL``.
        precision: ``day``; ``month``, of which no day is named; or ``tbd``, which is written as words.

    Returns:
        "" where there is no day although one should be known.
    """
    if precision == "tbd":
        return nearest(TO_BE_ANNOUNCED, locale) or ""
    if starts_on is None:
        return ""
    known = find_locale(locale)
    if precision == "month":
        return format_skeleton("yMMMM", starts_on, locale=known)
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
