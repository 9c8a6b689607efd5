"""The mailbox of an event made of an application to host: what a person confirmed is asked for, and taken back by Undo.

Nothing outside is touched before the time for undoing is over: steps are due only then (docs/decisions/0008).
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from webapp.core.database import db
from webapp.core.errors import ConflictError, StaffError
from webapp.core.move import move
from webapp.core.uniqueness import refusing
from webapp.mail.actions.senders import adjust_sender
from webapp.people.domain.scope import SYSTEM
from webapp.programme.domain.mailbox_proposals import Proposal, ProposalKind, choose_proposal
from webapp.programme.domain.mailbox_states import STEP_MACHINE, MailboxState, StepState
from webapp.programme.models.activity import write_activity
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.mailbox import Mailbox, MailboxStep
from webapp.programme.models.programme import Event
from webapp.programme.queries.host_mailbox import find_earlier_mailbox, find_mailbox_ways
from webapp.programme.queries.triage_actions import Deed


def confirm_way(row: HostApplication, slug: str, previous: Event | None, deed: Deed) -> Proposal:
    """Return what is to be done about the mailbox, as a person has confirmed it.

    Args:
        row: the application, held.
        slug: of the event.
        previous: the earlier edition; its mailbox is held until the transaction ends.
        deed: with the choice ``mailbox``: a proposal's token, or its kind alone.

    Raises:
        StaffError: nothing was confirmed where somebody's mailbox would change, or it is not what was confirmed.
    """
    ways = find_mailbox_ways(row, slug, previous, for_update=True)
    chosen = deed.choices.get("mailbox", "")
    if not chosen and not ways[0].touches_earlier:
        return ways[0]
    way = choose_proposal(ways, chosen)
    if way is not None:
        return way
    first = ways[0]
    if not chosen:
        others = ", ".join(one.kind.value for one in ways)
        raise StaffError(
            f"Confirm what is done about the mailbox ({others}). Proposed: {first.consequence} {first.reason}",
            field="mailbox",
        )
    raise StaffError(
        "This cannot be done about the mailbox with that address and earlier edition. Look at what can, and confirm"
        f" it. Proposed: {first.consequence}",
        field="mailbox",
    )


def arrange_mailbox(
    way: Proposal, row: HostApplication, event: Event, deed: Deed
) -> tuple[Mailbox | None, dict[str, object]]:
    """Ask for what was confirmed; part of the open transaction.

    Returns:
        The event's mailbox, None where it has none; and what the history keeps of it, by which it is taken back.
    """
    previous = db.session.get(Event, event.previous_event_id) if event.previous_event_id else None
    earlier = find_earlier_mailbox(previous) if previous and way.touches_earlier else None
    facts: dict[str, object] = {"mailbox_way": way.kind.value}
    if way.kind is ProposalKind.NONE:
        return None, facts
    if way.kind is ProposalKind.KEEP and earlier is not None:
        facts |= {"kept_from_event_id": earlier.event_id, "kept_name": earlier.display_name}
        _note("mailbox.handed_on", earlier, deed, to_event_id=event.id)
        _belong(earlier, event.id, event.name)  # no service has to be asked
        return earlier, {**facts, "mailbox_id": earlier.id}
    after = _ask_to_move(earlier, way, deed) if earlier is not None else None
    mailbox = _ask_to_make(way, row, event, deed, after)
    return mailbox, {**facts, "mailbox_id": mailbox.id}


def _ask_to_move(earlier: Mailbox, way: Proposal, deed: Deed) -> MailboxStep:
    """Ask that an earlier edition's mailbox gets another address."""
    said = {"address": earlier.address, "new_address": way.old_address}
    step = MailboxStep(
        mailbox_id=earlier.id,
        operation="rename",
        arguments=said,
        next_at=deed.hold_until or deed.now,
        requested_by_id=deed.scope.user_id,
    )
    db.session.add(step)
    db.session.flush()
    _note("mailbox.rename_requested", earlier, deed, **said)
    return step


def _ask_to_make(
    way: Proposal, row: HostApplication, event: Event, deed: Deed, after: MailboxStep | None
) -> Mailbox:
    """Ask for a new mailbox; one whose address is still another's waits until that one has moved."""
    arguments: dict[str, Any] = {"recovery": row.lead.email or ""}
    address = way.address
    if after is not None:
        arguments |= {"address": address, "after": after.id}
        # Two rows cannot have one address: until the old one has moved, this has a name that nobody is told.
        address = f"{event.slug}.{event.id}@{address.partition('@')[2]}"
    mailbox = Mailbox(
        programme_id=event.programme_id, event_id=event.id, address=address, display_name=event.name
    )
    taken = StaffError(f"There is a mailbox {address} already. Choose another address.", field="slug")
    with refusing("uq_mailboxes_address", taken):
        db.session.add(mailbox)
    db.session.add(
        MailboxStep(
            mailbox_id=mailbox.id,
            operation="create",
            arguments=arguments,
            next_at=None if after is not None else deed.hold_until or deed.now,
            requested_by_id=deed.scope.user_id,
        )
    )
    _note("mailbox.create_requested", mailbox, deed, address=way.address)
    return mailbox


def _belong(mailbox: Mailbox, event_id: int | None, name: str) -> None:
    mailbox.event_id, mailbox.display_name = event_id, name
    if mailbox.sender_id is not None:
        adjust_sender(scope=SYSTEM, sender_id=mailbox.sender_id, event_id=event_id, display_name=name)


def take_mailbox_back(event: Event, acceptance: Mapping[str, Any], actor_id: int | None) -> None:
    """Take back what was asked for about an event's mailbox; part of the open transaction.

    Args:
        event: the event that is about to be deleted.
        acceptance: what the history says of its acceptance: ``mailbox_way``, ``kept_from_event_id`` and
            ``kept_name`` where a mailbox was handed on.
        actor_id: who undoes.

    Raises:
        ConflictError: something outside was touched already.
    """
    mailboxes = db.session.scalars(
        select(Mailbox).where(Mailbox.event_id == event.id).order_by(Mailbox.id).with_for_update()
    ).all()
    for mailbox in mailboxes:
        if acceptance.get("mailbox_way") == ProposalKind.KEEP and mailbox.id == acceptance.get("mailbox_id"):
            before = db.session.get(Event, acceptance.get("kept_from_event_id") or 0)
            _belong(mailbox, before.id if before else None, str(acceptance.get("kept_name", "")))
            write_activity(
                "mailbox.handed_back",
                "mailbox",
                mailbox.id,
                actor_id=actor_id,
                programme_id=mailbox.programme_id,
                event_id=mailbox.event_id,
            )
        else:
            _unask(mailbox, actor_id)
    db.session.flush()


def _unask(mailbox: Mailbox, actor_id: int | None) -> None:
    """Delete a mailbox of which nothing was asked yet, and cancel the moving of an old one for its sake."""
    steps = db.session.scalars(
        select(MailboxStep).where(MailboxStep.mailbox_id == mailbox.id).with_for_update()
    ).all()
    before = [int(step.arguments["after"]) for step in steps if "after" in step.arguments]
    moves = db.session.scalars(select(MailboxStep).where(MailboxStep.id.in_(before)).with_for_update()).all()
    is_begun = any(step.state != StepState.WAITING or step.attempt for step in (*steps, *moves))
    if is_begun or mailbox.state != MailboxState.REQUESTED:
        raise ConflictError(f"The mailbox {mailbox.address} is being made already.")
    for step in moves:
        move(step, STEP_MACHINE, StepState.CANCELLED, next_at=None)
        old = db.session.get_one(Mailbox, step.mailbox_id)
        write_activity(
            "mailbox.rename_cancelled",
            "mailbox",
            old.id,
            actor_id=actor_id,
            programme_id=old.programme_id,
            event_id=old.event_id,
        )
    db.session.delete(mailbox)
    db.session.flush()  # its steps go with it


def _note(verb: str, mailbox: Mailbox, deed: Deed, **data: Any) -> None:
    write_activity(
        verb,
        "mailbox",
        mailbox.id,
        actor_id=deed.scope.user_id,
        programme_id=mailbox.programme_id,
        event_id=mailbox.event_id,
        **data,
    )
