"""Promise the letters about an application to host: to each organizer their own, to support one."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from babel.dates import format_skeleton

from webapp.core.database import db
from webapp.core.words import translate
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.people.models.person import Person
from webapp.programme.actions.host_people import ensure_person
from webapp.programme.domain.host_questions import answer_lines
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Programme
from webapp.programme.queries.constants import find_locale, letter_constants, write_dates
from webapp.programme.queries.host import find_host_people
from webapp.programme.queries.host_links import host_desk_link, host_status_link

Values = Mapping[str, str | None]


def batch_of(row: HostApplication) -> str:
    """Return the word for all letters of an application's latest decision."""
    return f"host:{row.id}:{row.decision_number}"


def write_host_date(row: HostApplication, locale: str) -> str:
    """Return the date of an application as people of a locale write it; of a month no day is named."""
    if row.date_precision == "month":
        return format_skeleton("yMMMM", row.proposed_on, locale=find_locale(locale))
    return write_dates(row.proposed_on, None, locale)


def host_values(
    row: HostApplication, person: Person, people: Sequence[Person], *, is_for_desk: bool = False
) -> dict[str, str | None]:
    """Return the merge values of a letter about an application for one reader.

    Args:
        row: the application.
        person: who reads it.
        people: its organizers, the lead first.
        is_for_desk: it is for support, who may read addresses.
    """
    locale = person.locale or row.locale
    named = [f"{one.name} <{one.email}>" if is_for_desk else str(one) for one in people]
    values: dict[str, str | None] = {
        "host.reference": row.reference,
        "host.city": row.city,
        "host.date": write_host_date(row, locale),
        "host.organizers": ", ".join(named),
        "host.answers": "\n".join(
            f"{translate(question, locale)}\n{answer}\n" for question, answer in answer_lines(row.answers)
        ),
    }
    if is_for_desk:
        return {**values, "desk.link": host_desk_link(row.id)}
    return {**values, "host.status_link": host_status_link(row.id, person.id)}


def tell_organizers(
    row: HostApplication,
    role: str,
    values: Mapping[int, Values] | None = None,
    *,
    is_decision: bool = True,
    event_id: int | None = None,
    author_id: int | None = None,
    hold_until: datetime | None = None,
    gate: str | None = None,
) -> None:
    """Promise each organizer a letter.

    Args:
        row: the application.
        role: of the letter.
        values: further merge values by person; given, only these people get one.
        is_decision: it belongs to the latest decision and is taken back with it.
        event_id: whose constants it may name. The shoot is the programme's all the same: an event that is
            taken back again must leave nothing behind.
        author_id: the member of staff who caused it.
        hold_until, gate: when it may leave.
    """
    programme = db.session.get_one(Programme, row.programme_id)
    people = find_host_people(row.id)
    number = f":{row.decision_number}" if is_decision else ""
    post_letters(
        Errand(
            role=role,
            programme_id=row.programme_id,
            event_id=None,
            constants=lambda locale: letter_constants(row.programme_id, event_id, locale),
            author_id=author_id,
            locale=row.locale,
            hold_until=hold_until,
            gate=gate,
            batch=batch_of(row) if is_decision else f"host:{row.id}",
            reply_to=programme.support_email or None,
        ),
        [
            Addressee(
                one.id,
                f"{role}:{row.id}{number}:{one.id}",
                {**host_values(row, one, people), **(values or {}).get(one.id, {})},
            )
            for one in people
            if values is None or one.id in values
        ],
    )


def tell_support(row: HostApplication, role: str, number: int | None = None) -> bool:
    """Promise support a letter to which the lead's address is the one to answer.

    Args:
        row: the application.
        role: of the letter.
        number: where it may happen more than once, which time it is.

    Returns:
        Whether the programme has an address of support at all.
    """
    programme = db.session.get_one(Programme, row.programme_id)
    if not programme.support_email:
        return False
    support = ensure_person(programme.support_email, programme.name, programme.locale)
    ending = "" if number is None else f":{number}"
    post_letters(
        Errand(
            role=role,
            programme_id=row.programme_id,
            event_id=None,
            constants=lambda locale: letter_constants(row.programme_id, None, locale),
            locale=programme.locale,
            batch=f"host:{row.id}",
            reply_to=row.lead.email,
        ),
        [
            Addressee(
                support.id,
                f"{role}:{row.id}{ending}",
                host_values(row, support, find_host_people(row.id), is_for_desk=True),
            )
        ],
    )
    return True
