"""Lets an application of the demo have been accepted long ago: its event exists, with all that hangs on it."""

from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.core.database import db
from webapp.core.move import move
from webapp.demo.data.host_plan import Step
from webapp.people.actions.invites import make_invite_link, open_account_for
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.models.user import Grant, Role
from webapp.programme.actions.host_letters import tell_organizers
from webapp.programme.domain.host_states import HOST_MACHINE, HostState
from webapp.programme.domain.mailbox_states import MailboxState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host import find_host_people, get_host_application
from webapp.programme.queries.host_links import event_desk_link


def accept_into(scope: Scope, application_id: int, event: Event, step: Step, at: datetime) -> None:
    """Accept an application whose event exists, as it stands after its time for undoing.

    Args:
        scope: who accepts.
        application_id: which.
        event: what it became.
        step: with what words.
        at: when.
    """
    row = get_host_application(scope, application_id, for_update=True)
    programme = db.session.get_one(Programme, row.programme_id)
    before = row.state
    move(
        row,
        HOST_MACHINE,
        HostState.ACCEPTED,
        state_at=at,
        decision_number=1,
        decided_by_id=scope.user_id,
        state_before=before,
        undo_until=at + timedelta(minutes=programme.undo_minutes),
        note=step.note,
    )
    event.host_application_id = row.id
    people = find_host_people(row.id)
    opened = [user_id for person in people if (user_id := _give_role(person, event)) is not None]
    mailbox = db.session.scalar(select(Mailbox).where(Mailbox.event_id == event.id))
    _tell(row, event, mailbox, scope)
    write_activity(
        "host.accepted",
        "host_application",
        row.id,
        actor_id=scope.user_id,
        programme_id=row.programme_id,
        before=before,
        after=HostState.ACCEPTED.value,
        comment=step.words,
        action="accept",
        made_event_id=event.id,
        opened_user_ids=opened,
        mailbox_id=mailbox.id if mailbox else None,
    )


def _give_role(person: Person, event: Event) -> int | None:
    """See that somebody organizes an event; return their account if it is new."""
    user, is_new = open_account_for(person)
    if not any(grant.event_id == event.id for grant in user.grants):
        db.session.add(Grant(user_id=user.id, role=Role.ORGANIZER, event_id=event.id, may_send=True))
    is_there = db.session.scalar(
        select(Membership.id).where(
            Membership.person_id == person.id,
            Membership.event_id == event.id,
            Membership.kind == MembershipKind.ORGANIZER,
        )
    )
    if is_there is None:
        db.session.add(
            Membership(
                person_id=person.id,
                programme_id=event.programme_id,
                event_id=event.id,
                kind=MembershipKind.ORGANIZER,
            )
        )
    db.session.flush()
    return user.id if is_new else None


def _tell(row: HostApplication, event: Event, mailbox: Mailbox | None, scope: Scope) -> None:
    """Promise the letters of an acceptance; those that name a mailbox which failed wait for it."""
    link = event_desk_link(event.id)
    address = mailbox.address if mailbox else None
    good_news: dict[int, dict[str, str | None]] = {}
    ways_in: dict[str, dict[int, dict[str, str | None]]] = {
        "account.invite": {},
        "account.added_to_event": {},
    }
    for person in find_host_people(row.id):
        good_news[person.id] = {"host.note": None, "mailbox.address": address, "desk.link": link}
        user, _ = open_account_for(person)
        if user.password is None:
            ways_in["account.invite"][person.id] = {"invite.link": make_invite_link(user.id)}
        else:
            ways_in["account.added_to_event"][person.id] = {"desk.link": link}
    is_waiting = mailbox is not None and mailbox.state == MailboxState.FAILED
    tell_organizers(
        row,
        "host.accepted",
        good_news,
        event_id=event.id,
        author_id=scope.user_id,
        gate=f"mailbox:{mailbox.id}" if mailbox and is_waiting else None,
    )
    for role, chosen in ways_in.items():
        if chosen:
            tell_organizers(row, role, chosen, event_id=event.id, author_id=scope.user_id)
