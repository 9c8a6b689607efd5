"""Begin a programme, and change what its letters say of it and what it asks of those who apply."""

import re
from dataclasses import dataclass
from typing import Any

from webapp.core.audit import record
from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.core.uniqueness import refusing
from webapp.mail.queries.letters import find_senders
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.domain.locale_names import check_locale, check_zone
from webapp.people.domain.scope import Scope
from webapp.programme.domain.slugs import check_slug
from webapp.programme.models.programme import Programme
from webapp.programme.queries.events import get_programme

LONGEST_NAME = 120  # characters
LONGEST_ADDRESS = 500
LONGEST_WORD = 40
# What can be set in numbers: (smallest, largest), in days but for the minutes.
NUMBERS = {
    "min_lead_days": (0, 730),
    "min_gap_days": (0, 730),
    "open_application_days": (0, 730),
    "waiting_days": (1, 365),
    "undo_minutes": (0, 120),
    "rsvp_days": (1, 90),
}
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")


@dataclass(frozen=True, slots=True)
class ProgrammeDetails:
    """What is written down of a programme, as typed.

    Args:
        name: as people know it.
        support_email: where they may ask; may be empty.
        postal_address: where it can be reached by post; it stands at the foot of every letter to many.
        locale: its language.
        timezone: in which its events' times are meant.
        event_word, organizer_word: its own words for an event and for those who organize one.
        is_hosting_open: anybody may apply to host an event.
        min_lead_days: from applying to the event's day.
        min_gap_days: between two events of one person.
        open_application_days: for so long one person has one new application.
        waiting_days: then an application needs attention.
        undo_minutes: how long letters of a decision are held.
        rsvp_days: how long accepted applicants have to answer.
        mail_domain: of its events' mailboxes, "" for none; for administrators to change.
    """

    name: str
    support_email: str
    postal_address: str
    locale: str
    timezone: str
    event_word: str = "workshop"
    organizer_word: str = "organizer"
    is_hosting_open: bool = False
    min_lead_days: int = 90
    min_gap_days: int = 180
    open_application_days: int = 180
    waiting_days: int = 14
    undo_minutes: int = 10
    rsvp_days: int = 7
    mail_domain: str = ""


def create_programme(*, scope: Scope, slug: str, details: ProgrammeDetails) -> int:
    """Begin a programme.

    Args:
        scope: who acts.
        slug: its name in addresses, which never changes.
        details: everything else.

    Returns:
        the programme's id.

    Raises:
        ForbiddenError: the one who acts is no administrator.
        StaffError: something is wrong with what was typed, the slug is taken, or people are to apply where no
            letter can come from.
    """
    if not scope.is_administrator:
        raise ForbiddenError("Only an administrator may begin a programme.")
    values = _read(details)
    short = check_slug(slug, details.name)
    taken = StaffError(
        f"There is a programme with the address “{short}” already. Choose another.", field="slug"
    )
    with transaction() as session:
        programme = Programme(slug=short, **values)
        with refusing("uq_programmes_slug", taken):
            session.add(programme)
        if programme.is_hosting_open:
            _require_sender(programme.id)
        record(
            "programme.created",
            "programme",
            programme.id,
            actor_id=scope.user_id,
            programme_id=programme.id,
        )
        return programme.id


def change_programme(*, scope: Scope, programme_id: int, details: ProgrammeDetails) -> None:
    """Change what is written down of a programme.

    Raises:
        NotFoundError: there is none, or it is not for this member of staff.
        StaffError: something is wrong with what was typed, or people are to apply where no letter can come from.
    """
    if not scope.sees_programme(programme_id):
        raise NotFoundError("There is no such programme.")
    values = _read(details)
    with transaction() as session:
        programme = get_programme(scope, programme_id)
        session.refresh(programme, with_for_update=True)
        changed = sorted(name for name, value in values.items() if getattr(programme, name) != value)
        if "mail_domain" in changed and not scope.is_administrator:
            raise StaffError("Only an administrator changes the domain of mailboxes.", field="mail_domain")
        if "is_hosting_open" in changed and values["is_hosting_open"]:
            _require_sender(programme.id)
        for name in changed:
            setattr(programme, name, values[name])
        if changed:
            record(
                "programme.changed",
                "programme",
                programme_id,
                actor_id=scope.user_id,
                programme_id=programme_id,
                fields=changed,
            )


def _require_sender(programme_id: int) -> None:
    """Refuse to let people apply to host where nobody could be written to."""
    if not find_senders(programme_id, None):
        raise StaffError(
            "Everybody who applies gets a letter, and there is no sender for it. An administrator adds one under"
            " Settings, Senders; then open applications.",
            field="is_hosting_open",
        )


def _read(details: ProgrammeDetails) -> dict[str, Any]:
    """Return what was typed as it is stored."""
    name = normalise_name(details.name)
    lines = (normalise_name(line) for line in details.postal_address.splitlines())
    postal = "\n".join(line for line in lines if line)
    if not name:
        raise StaffError("Write the programme's name.", field="name")
    if len(name) > LONGEST_NAME:
        raise StaffError(f"At most {LONGEST_NAME} characters, please.", field="name")
    if not postal:
        raise StaffError(
            "Write a postal address. The law asks for one in letters to many, so each has it at its foot.",
            field="postal_address",
        )
    if len(postal) > LONGEST_ADDRESS:
        raise StaffError(f"At most {LONGEST_ADDRESS} characters, please.", field="postal_address")
    return {
        "name": name,
        "support_email": _read_address(details.support_email),
        "postal_address": postal,
        "locale": check_locale(details.locale),
        "timezone": check_zone(details.timezone),
        "is_hosting_open": details.is_hosting_open,
        "mail_domain": _read_domain(details.mail_domain),
        **{name: _read_word(getattr(details, name), name) for name in ("event_word", "organizer_word")},
        **{name: _read_number(getattr(details, name), name) for name in NUMBERS},
    }


def _read_number(value: int, name: str) -> int:
    smallest, largest = NUMBERS[name]
    if not smallest <= value <= largest:
        raise StaffError(f"Write a number from {smallest} to {largest}.", field=name)
    return value


def _read_word(text: str, name: str) -> str:
    word = normalise_name(text)
    if not word or len(word) > LONGEST_WORD:
        raise StaffError(f"Write a word, {LONGEST_WORD} characters at most.", field=name)
    return word


def _read_domain(text: str) -> str:
    domain = text.strip().lower()
    if domain and (not _DOMAIN.fullmatch(domain) or len(domain) > 253):
        raise StaffError(
            "Write a domain, for example mail.example.org, or leave it empty.", field="mail_domain"
        )
    return domain


def _read_address(text: str) -> str:
    """Return the address of support as it is stored, empty when there is none."""
    if not text.strip():
        return ""
    try:
        return normalise_address(text)
    except StaffError as error:
        raise StaffError(error.message, field="support_email") from error
