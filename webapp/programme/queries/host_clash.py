"""What support should know before it decides about an application to host: it warns, and it never blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy import func, or_, select

from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import Suppression
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.programme.domain.host_states import OPEN_STATES
from webapp.programme.domain.place_names import is_same_place, slug_candidates
from webapp.programme.models.host_application import HostApplication, HostMember, OrganizerFlag
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host import find_host_people

NEAR = timedelta(days=90)


class ClashKind(StrEnum):
    """What kind of warning it is."""

    SAME_PLACE_APPLICATION = "same_place_application"
    SAME_PLACE_EVENT = "same_place_event"
    SAME_PERSON = "same_person"
    SLUG_TAKEN = "slug_taken"
    BLOCKED = "blocked"
    WATCH = "watch"
    TOO_SOON = "too_soon"
    ADDRESS_FAILS = "address_fails"


@dataclass(frozen=True, slots=True)
class Clash:
    """One warning.

    Args:
        kind: of what.
        sentence: in words.
        application_id, event_id, person_id: what it is about, as far as it is one of these.
    """

    kind: ClashKind
    sentence: str
    application_id: int | None = None
    event_id: int | None = None
    person_id: int | None = None


@dataclass(frozen=True, slots=True)
class PreviousEdition:
    """An event that the application may continue.

    Args:
        event_id, name, starts_on: the event.
        shared: names of organizers that both have.
        is_claimed: the applicants say so themselves.
    """

    event_id: int
    name: str
    starts_on: date | None
    shared: tuple[str, ...]
    is_claimed: bool


def find_clashes(row: HostApplication) -> list[Clash]:
    """Return everything worth knowing before deciding, the gravest first.

    Args:
        row: an application that the asker may see; what is named belongs to the same programme.
    """
    people = find_host_people(row.id)
    found = [*_flags(people), *_failing_addresses(people), *_same_place(row), *_same_people(row, people)]
    found += [*_too_soon(row, people), *_slug(row)]
    order = list(ClashKind)
    first = (ClashKind.BLOCKED, ClashKind.ADDRESS_FAILS)
    return sorted(found, key=lambda clash: (clash.kind not in first, order.index(clash.kind)))


def find_flags(person_ids: Iterable[int], kind: str | None = None) -> list[OrganizerFlag]:
    """Return the warnings about people that nobody has cleared, the latest first."""
    query = (
        select(OrganizerFlag)
        .where(OrganizerFlag.person_id.in_(list(person_ids)), OrganizerFlag.cleared_at.is_(None))
        .order_by(OrganizerFlag.id.desc())
    )
    return list(db.session.scalars(query if kind is None else query.where(OrganizerFlag.kind == kind)))


def _flags(people: list[Person]) -> Iterable[Clash]:
    names = {person.id: str(person) for person in people}
    for flag in find_flags(names):
        word = "blocked" if flag.kind == "blocked" else "on the watch list"
        sentence = f"{names[flag.person_id]} is {word}: {flag.reason}"
        yield Clash(ClashKind(flag.kind), sentence, person_id=flag.person_id)


def _failing_addresses(people: list[Person]) -> Iterable[Clash]:
    """Yield the organizers whose letters do not arrive; without an answer from them nothing can be decided."""
    addresses = {person.email: person for person in people if person.email}
    kept_back = db.session.scalars(
        select(Suppression.address).where(
            Suppression.address.in_(addresses),
            or_(Suppression.until.is_(None), Suppression.until > func.now()),
        )
    )
    bounced = db.session.scalars(
        select(EmailLog.address).where(
            EmailLog.person_id.in_([person.id for person in people]),
            EmailLog.address.in_(addresses),
            EmailLog.state.in_(("failed", "bounced")),
        )
    )
    for address in sorted({*kept_back, *(a for a in bounced if a)}):
        person = addresses[address]
        yield Clash(
            ClashKind.ADDRESS_FAILS,
            f"Letters to {person} at {address} do not arrive. Ask for another address before you decide.",
            person_id=person.id,
        )


def _same_place(row: HostApplication) -> Iterable[Clash]:
    """Yield applications and events at the same place around the same time."""
    around = (row.proposed_on - NEAR, row.proposed_on + NEAR)
    others = db.session.scalars(
        select(HostApplication).where(
            HostApplication.programme_id == row.programme_id,
            HostApplication.id != row.id,
            HostApplication.city_key == row.city_key,
            HostApplication.state.in_(OPEN_STATES),
            HostApplication.proposed_on.between(*around),
        )
    )
    for other in others:
        if is_same_place(row.city, row.country, other.city, other.country):
            sentence = f"{other.reference} is also for {other.city}, for {_day(other.proposed_on, other)}."
            yield Clash(ClashKind.SAME_PLACE_APPLICATION, sentence, application_id=other.id)
    for event in _events_at(row):
        if event.starts_on and around[0] <= event.starts_on <= around[1]:
            sentence = f"{event.name} takes place at the same place, on {_day(event.starts_on, event)}."
            yield Clash(ClashKind.SAME_PLACE_EVENT, sentence, event_id=event.id)


def _events_at(row: HostApplication) -> list[Event]:
    """Return the programme's events at an application's place, the latest first; not the one it has made."""
    events = db.session.scalars(
        select(Event)
        .where(Event.programme_id == row.programme_id, Event.host_application_id.is_distinct_from(row.id))
        .order_by(Event.starts_on.desc().nulls_last(), Event.id.desc())
    )
    return [event for event in events if is_same_place(row.city, row.country, event.city, event.country)]


def _same_people(row: HostApplication, people: list[Person]) -> Iterable[Clash]:
    names = {person.id: str(person) for person in people}
    rows = db.session.execute(
        select(HostMember.person_id, HostApplication)
        .join(HostApplication, HostApplication.id == HostMember.application_id)
        .where(
            HostMember.person_id.in_(names),
            HostApplication.programme_id == row.programme_id,
            HostApplication.id != row.id,
            HostApplication.state.in_(OPEN_STATES),
        )
    )
    for person_id, other in rows:
        sentence = f"{names[person_id]} is also in {other.reference} for {other.city}."
        yield Clash(ClashKind.SAME_PERSON, sentence, application_id=other.id, person_id=person_id)


def _too_soon(row: HostApplication, people: list[Person]) -> Iterable[Clash]:
    """Yield organizers of whom another event is nearer than the programme's gap."""
    programme = db.session.get_one(Programme, row.programme_id)
    gap = timedelta(days=programme.min_gap_days)
    names = {person.id: str(person) for person in people}
    rows = db.session.execute(
        select(Membership.person_id, Event)
        .join(Event, Event.id == Membership.event_id)
        .where(
            Membership.person_id.in_(names),
            Membership.kind == MembershipKind.ORGANIZER,
            Event.programme_id == row.programme_id,
            Event.host_application_id.is_distinct_from(row.id),
            Event.starts_on > row.proposed_on - gap,
            Event.starts_on < row.proposed_on + gap,
        )
    )
    for person_id, event in rows:
        sentence = (
            f"{names[person_id]} organizes {event.name}, less than {programme.min_gap_days} days from this."
        )
        yield Clash(ClashKind.TOO_SOON, sentence, event_id=event.id, person_id=person_id)


def _slug(row: HostApplication) -> Iterable[Clash]:
    """Yield that the address which suggests itself is taken, unless by the event that was made of this."""
    event = _holder_of_first_slug(row)
    if event is None or event.host_application_id == row.id:
        return
    is_ours = event.programme_id == row.programme_id  # what others hold is not told by name
    whose = event.name if is_ours else "an event of another programme"
    sentence = f"The address “{event.slug}” belongs to {whose}."
    yield Clash(ClashKind.SLUG_TAKEN, sentence, event_id=event.id if is_ours else None)


def _holder_of_first_slug(row: HostApplication) -> Event | None:
    wanted = _slugs(row, is_elsewhere=False)[:1]
    return db.session.scalar(select(Event).where(Event.slug.in_(wanted)))


def _slugs(row: HostApplication, *, is_elsewhere: bool) -> tuple[str, ...]:
    day = row.proposed_on
    return slug_candidates(row.city, row.country, day.year, day.month, is_elsewhere=is_elsewhere)


def propose_host_slug(row: HostApplication) -> str:
    """Return an address that its event could have and nobody has; "" where a person has to think of one."""
    holder = _holder_of_first_slug(row)
    is_elsewhere = holder is not None and not is_same_place(
        row.city, row.country, holder.city, holder.country
    )
    wanted = _slugs(row, is_elsewhere=is_elsewhere)
    taken = set(db.session.scalars(select(Event.slug).where(Event.slug.in_(wanted))))
    domain = db.session.get_one(Programme, row.programme_id).mail_domain
    addresses = {f"{slug}@{domain}": slug for slug in wanted}  # a mailbox of an earlier edition, too
    held = select(Mailbox.address).where(Mailbox.address.in_(addresses))
    taken |= {addresses[address] for address in db.session.scalars(held)}
    return next((slug for slug in wanted if slug not in taken), "")


def find_previous_editions(row: HostApplication) -> list[PreviousEdition]:
    """Return the events that an application may continue, those that share most organizers first."""
    people = {person.id: str(person) for person in find_host_people(row.id)}
    events = {event.id: event for event in _events_at(row)}
    claimed = db.session.get(Event, row.claimed_event_id) if row.claimed_event_id else None
    if claimed is not None and claimed.programme_id == row.programme_id:
        events.setdefault(claimed.id, claimed)
    shared: dict[int, list[str]] = {event_id: [] for event_id in events}
    for event_id, person_id in db.session.execute(
        select(Membership.event_id, Membership.person_id).where(
            Membership.event_id.in_(events),
            Membership.person_id.in_(people),
            Membership.kind == MembershipKind.ORGANIZER,
        )
    ):
        if event_id is not None:
            shared[event_id].append(people[person_id])
    found = [
        PreviousEdition(e.id, e.name, e.starts_on, tuple(shared[e.id]), e.id == row.claimed_event_id)
        for e in events.values()
    ]
    return sorted(found, key=lambda one: (-len(one.shared), not one.is_claimed))


def _day(day: date, row: HostApplication | Event) -> str:
    return f"{day:%B %Y}" if row.date_precision == "month" else f"{day:%-d %B %Y}"
