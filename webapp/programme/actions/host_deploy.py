"""What follows from accepting an application to host: event, roles, accounts, mailbox and letters; or rejecting."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.uniqueness import refusing
from webapp.people.actions.invites import make_invite_link, open_account_for
from webapp.people.domain.addresses import normalise_name
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.user import Grant, Role
from webapp.programme.actions.host_clone import copy_edition
from webapp.programme.actions.host_letters import tell_organizers, tell_support
from webapp.programme.actions.host_mailbox import arrange_mailbox, confirm_way
from webapp.programme.actions.rules import plan_events
from webapp.programme.domain.event_states import EventState
from webapp.programme.domain.mailbox_proposals import Proposal
from webapp.programme.domain.mailbox_states import MailboxState
from webapp.programme.domain.slugs import check_slug
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host import find_host_people
from webapp.programme.queries.host_clash import find_flags, find_previous_editions
from webapp.programme.queries.host_links import event_desk_link
from webapp.programme.queries.triage_actions import Deed

LONGEST_NAME = 120  # characters


@dataclass(frozen=True, slots=True)
class _Team:
    """The accounts of an event's organizers: which are new, and whose still wait for a password."""

    opened_user_ids: list[int]
    invite_links: dict[int, str]  # by person
    known_person_ids: list[int]


def deploy_host(row: HostApplication, deed: Deed) -> dict[str, object]:
    """Make the event of an accepted application, plan its mail by rule, and promise its organizers their letters.

    Args:
        row: the application, held.
        deed: who accepted it, and what they chose.

    Returns:
        What the history shows: ``made_event_id``, ``opened_user_ids``, ``mailbox_id``, ``mailbox_way``, whose the
        mailbox was if it was handed on, and what was copied.

    Raises:
        StaffError: a choice is missing or wrong: slug, previous edition, mailbox, or a warning that nobody has seen.
    """
    _require_acknowledged(row, deed)
    previous = _read_previous(row, deed)
    slug = _read_slug(row, deed)
    way = confirm_way(row, slug, previous, deed)
    event = _make_event(row, deed, previous, slug)
    copied = copy_edition(previous, event, author_id=deed.scope.user_id) if previous else {}
    plan_events([event.id], deed.now)
    team = _make_team(row, event)
    mailbox, arranged = arrange_mailbox(way, row, event, deed)
    _tell(row, deed, event, team, way, mailbox)
    return {"made_event_id": event.id, "opened_user_ids": team.opened_user_ids, **arranged, **copied}


def tell_rejected(row: HostApplication, deed: Deed) -> dict[str, object]:
    """Promise the organizers of a rejected application a letter, with the personal note if there is one."""
    notes = {one.id: {"host.note": row.note or None} for one in find_host_people(row.id)}
    tell_organizers(row, "host.rejected", notes, author_id=deed.scope.user_id, hold_until=deed.hold_until)
    return {}


def tell_withdrawn(row: HostApplication, deed: Deed) -> dict[str, object]:
    """Promise support a letter that an application was withdrawn; once for each time it is."""
    return {"is_support_told": tell_support(row, "host.withdrawn", int(deed.now.timestamp()))}


def _require_acknowledged(row: HostApplication, deed: Deed) -> None:
    """Refuse to accept somebody who is blocked, unless whoever accepts says that they know."""
    if deed.choices.get("is_acknowledged"):
        return
    for flag in find_flags([one.id for one in find_host_people(row.id)], "blocked"):
        raise StaffError(
            f"One of the organizers is blocked: {flag.reason} Say that you have seen this, or do not accept.",
            field="is_acknowledged",
        )


def _read_previous(row: HostApplication, deed: Deed) -> Event | None:
    """Return the edition that this one continues, as a person has confirmed it."""
    if "previous_event_id" not in deed.choices:
        if find_previous_editions(row):
            raise StaffError(
                "Say which earlier edition this one continues, or that it continues none.",
                field="previous_event_id",
            )
        return None
    event_id = deed.choices["previous_event_id"]
    if event_id is None:
        return None
    event = db.session.get(Event, event_id)
    if event is None or event.programme_id != row.programme_id:
        raise StaffError("Choose an earlier edition of the list, or none.", field="previous_event_id")
    return event


def _read_slug(row: HostApplication, deed: Deed) -> str:
    """Return the event's name in addresses, as a person has confirmed it."""
    slug = check_slug(deed.choices.get("slug", ""), row.city)
    if not any(character.isalpha() for character in slug):
        raise StaffError("An address has a letter, too: write the city as people there say it.", field="slug")
    return slug


def _make_event(row: HostApplication, deed: Deed, previous: Event | None, slug: str) -> Event:
    """Write the event; of an earlier edition it takes the words, never what happened to it."""
    series = (previous.series_slug or previous.slug) if previous else slug
    number = _next_edition(row.programme_id, series, previous)
    event = Event(
        programme_id=row.programme_id,
        slug=slug,
        name=_read_name(row, deed, number),
        city=row.city,
        country=row.country,
        starts_on=row.proposed_on,
        date_precision=row.date_precision,
        timezone=(previous or db.session.get_one(Programme, row.programme_id)).timezone,
        locale=previous.locale if previous else row.locale,
        capacity=previous.capacity if previous else None,
        format=row.format,
        state=EventState.PLANNED,
        series_slug=series,
        edition_number=number,
        previous_event_id=previous.id if previous else None,
        host_application_id=row.id,
    )
    taken = StaffError(f"There is an event with the address “{slug}” already. Choose another.", field="slug")
    with refusing("uq_events_slug", taken):
        db.session.add(event)
    return event


def _next_edition(programme_id: int, series: str, previous: Event | None) -> int:
    if previous is None:
        return 1
    highest = db.session.scalar(
        select(func.max(Event.edition_number)).where(
            Event.programme_id == programme_id, Event.series_slug == series
        )
    )
    return max(highest or 1, previous.edition_number) + 1


def _read_name(row: HostApplication, deed: Deed, number: int) -> str:
    """Return the event's name: as typed, else the programme's with the city and which edition it is."""
    typed = normalise_name(deed.choices.get("event_name", ""))
    if len(typed) > LONGEST_NAME:
        raise StaffError(f"At most {LONGEST_NAME} characters, please.", field="event_name")
    programme = db.session.get_one(Programme, row.programme_id)
    ending = f" #{number}" if number > 1 else ""
    return typed or f"{programme.name} {row.city}"[: LONGEST_NAME - len(ending)] + ending


def _make_team(row: HostApplication, event: Event) -> _Team:
    """Give each organizer an account where they have none, and their role."""
    opened: list[int] = []
    links: dict[int, str] = {}
    known: list[int] = []
    for person in find_host_people(row.id):
        user, is_new = open_account_for(person)
        if is_new:
            opened.append(user.id)
        if user.password is None:
            links[person.id] = make_invite_link(user.id)
        else:
            known.append(person.id)
        db.session.add(Grant(user_id=user.id, role=Role.ORGANIZER, event_id=event.id, may_send=True))
        db.session.add(
            Membership(
                person_id=person.id,
                programme_id=event.programme_id,
                event_id=event.id,
                kind=MembershipKind.ORGANIZER,
            )
        )
    db.session.flush()
    return _Team(opened, links, known)


def _tell(
    row: HostApplication, deed: Deed, event: Event, team: _Team, way: Proposal, mailbox: Mailbox | None
) -> None:
    """Promise the letters: the good news to each, and to each how they get in."""
    values: defaultdict[int, dict[str, str | None]] = defaultdict(dict)
    for person in find_host_people(row.id):
        values[person.id] = {
            "host.note": row.note or None,
            "mailbox.address": way.address or None,
            "desk.link": event_desk_link(event.id),
        }
    author_id, hold_until = deed.scope.user_id, deed.hold_until
    gate = f"mailbox:{mailbox.id}" if mailbox and mailbox.state != MailboxState.ACTIVE else None
    tell_organizers(
        row,
        "host.accepted",
        values,
        event_id=event.id,
        author_id=author_id,
        hold_until=hold_until,
        gate=gate,
    )
    ways_in = {
        "account.invite": {one: {"invite.link": link} for one, link in team.invite_links.items()},
        "account.added_to_event": {
            one: {"desk.link": event_desk_link(event.id)} for one in team.known_person_ids
        },
    }
    for role, chosen in ways_in.items():
        if chosen:
            tell_organizers(row, role, chosen, event_id=event.id, author_id=author_id, hold_until=hold_until)
