"""What can be done about the mailbox of an event that would be made of an application to host."""

from sqlalchemy import or_, select

from webapp.core.database import db
from webapp.programme.domain.mailbox_proposals import EarlierMailbox, Proposal, propose_mailbox
from webapp.programme.domain.mailbox_states import MailboxState, StepState
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host import find_host_people
from webapp.programme.queries.organizers import organizer_ids

OPEN_STEPS = (StepState.WAITING, StepState.RUNNING)


def find_earlier_mailbox(previous: Event, *, for_update: bool = False) -> Mailbox | None:
    """Return the mailbox that the editions of a place have now: used or suspended, and nothing is being done to it.

    Args:
        previous: the edition that a new one continues.
        for_update: hold the row until the transaction ends.
    """
    is_of_series = Event.id == previous.id
    if previous.series_slug:
        is_of_series = or_(is_of_series, Event.series_slug == previous.series_slug)
    is_busy = (
        select(MailboxStep.id)
        .where(MailboxStep.mailbox_id == Mailbox.id, MailboxStep.state.in_(OPEN_STEPS))
        .exists()
    )
    plain = f"{previous.series_slug or previous.slug}@%"
    query = (
        select(Mailbox)
        .join(Event, Event.id == Mailbox.event_id)
        .where(
            Event.programme_id == previous.programme_id,
            is_of_series,
            Mailbox.state.in_((MailboxState.ACTIVE, MailboxState.SUSPENDED)),
            ~is_busy,
        )
        .order_by(Mailbox.address.like(plain).desc(), Event.edition_number.desc(), Mailbox.id.desc())
        .limit(1)
    )
    if for_update and db.session.scalar(query.with_for_update(of=Mailbox)) is None:
        return None
    # Whoever waited for the row asks once more: what another has just asked of it was not to be seen before.
    return db.session.scalar(query)


def find_mailbox_ways(
    row: HostApplication, slug: str, previous: Event | None, *, for_update: bool = False
) -> tuple[Proposal, ...]:
    """Return what can be done about the mailbox, the proposed way first.

    Args:
        row: the application.
        slug: of the event that would be made.
        previous: the earlier edition that it continues, as a person has said.
        for_update: hold the earlier edition's mailbox until the transaction ends.
    """
    domain = db.session.get_one(Programme, row.programme_id).mail_domain
    mailbox = find_earlier_mailbox(previous, for_update=for_update) if previous and domain else None
    return propose_mailbox(
        slug=slug,
        series=(previous.series_slug or previous.slug) if previous else slug,
        domain=domain,
        earlier=_describe(mailbox) if mailbox else None,
        taken=_find_taken(domain),
        organizers={person.id for person in find_host_people(row.id)},
    )


def _describe(mailbox: Mailbox) -> EarlierMailbox:
    """Return an edition's mailbox with whoever organized it."""
    event = db.session.get_one(Event, mailbox.event_id)
    return EarlierMailbox(
        address=mailbox.address,
        edition=event.name,
        day=event.starts_on,
        organizers=frozenset(organizer_ids(event.id)),
        is_active=mailbox.state == MailboxState.ACTIVE,
    )


def _find_taken(domain: str) -> set[str]:
    """Return the addresses of a domain that are somebody's, or will be when steps that were asked for are taken."""
    if not domain:
        return set()
    promised = db.session.scalars(
        select(MailboxStep.arguments).where(MailboxStep.state.in_((*OPEN_STEPS, StepState.FAILED)))
    )
    named = {str(said[key]) for said in promised for key in ("address", "new_address") if key in said}
    ending = f"@{domain}"
    return {
        address
        for address in (*db.session.scalars(select(Mailbox.address)), *named)
        if address.endswith(ending)
    }
