"""Makes mailboxes of events as they are after their steps were taken, and takes steps that are due."""

from datetime import datetime, timedelta

from sqlalchemy import select

from tests import factories
from tests.factories_host import apply_to_host, make_hosting_programme
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.people.domain.scope import SYSTEM, Scope
from webapp.people.models.membership import MembershipKind
from webapp.programme.actions.host_triage import Triaged, triage_host
from webapp.programme.actions.mailbox_steps import KeepsMailboxes, take_next_step
from webapp.programme.mailboxes.demo import DemoMailboxes
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host import find_host_people

DOMAIN = "mail.example.org"
LATER = timedelta(hours=1)


def make_programme_with_mailboxes(**values: object) -> Programme:
    """Make a programme with mailboxes, and the sender that vouches for their domain."""
    programme = make_hosting_programme(mail_domain=DOMAIN, **values)
    factories.make_sender(programme_id=programme.id, address=f"hello{programme.id}@{DOMAIN}")
    return programme


def make_used_mailbox(event: Event, name: str = "krakow", service: KeepsMailboxes | None = None) -> Mailbox:
    """Make an event's mailbox as it is after its making was asked for, and the step taken."""
    with transaction() as session:
        mailbox = Mailbox(
            programme_id=event.programme_id,
            event_id=event.id,
            address=f"{name}@{DOMAIN}",
            display_name=event.name,
        )
        session.add(mailbox)
        session.flush()
        session.add(MailboxStep(mailbox_id=mailbox.id, operation="create", next_at=now()))
    take_steps(service)
    return mailbox


def take_steps(service: KeepsMailboxes | None = None, at: datetime | None = None) -> int:
    """Take every step there is, due or not, and return how many there were."""
    with transaction() as session:
        for step in session.scalars(select(MailboxStep).where(MailboxStep.next_at > now())):
            step.next_at = now() - LATER
    count = 0
    while take_next_step(service or DemoMailboxes(), at or now()):
        count += 1
    db.session.rollback()
    return count


def make_earlier_edition(programme: Programme, **values: object) -> tuple[Event, Mailbox]:
    """Make the first edition at Kraków with its mailbox."""
    event = factories.make_event(
        programme,
        **{"slug": "krakow", "series_slug": "krakow", "name": "Kraków #1", "country": "PL", **values},
    )
    return event, make_used_mailbox(event)


def apply_again(programme: Programme, previous: Event, *, is_shared: bool) -> int:
    """Let people apply for the place once more; the first one of them organized the earlier edition, or nobody."""
    sent = apply_to_host(programme)
    if is_shared:
        lead = find_host_people(sent.application_id)[0]
        factories.register(lead, previous, MembershipKind.ORGANIZER)
    return sent.application_id


def accept_again(
    application_id: int, previous: Event | None, mailbox: str = "", scope: Scope = SYSTEM, **more: object
) -> Triaged:
    """Accept it as the place's second edition."""
    chosen = {
        "slug": "krakow-2027",
        "previous_event_id": previous.id if previous else None,
        "mailbox": mailbox,
    }
    return triage_host(
        scope=scope, application_id=application_id, action="accept", now=now(), **{**chosen, **more}
    )
