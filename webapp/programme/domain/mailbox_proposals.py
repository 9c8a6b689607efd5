"""Whose mailbox a new edition gets: proposals, each with its reason, of which a person confirms one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ProposalKind(StrEnum):
    """What could be done."""

    NONE = "none"  # the programme has no mailboxes
    CREATE = "create"
    KEEP = "keep"  # the earlier edition's mailbox goes on, with its organizers
    MIGRATE = "migrate"  # the earlier edition keeps its letters under another address; a fresh one is made


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to go.

    Args:
        kind: which.
        address: the new edition's address.
        reason: why this is proposed, in a sentence.
        old_address: what the earlier edition's mailbox is called afterwards; "" where it is left alone.
    """

    kind: ProposalKind
    address: str
    reason: str
    old_address: str = ""


def propose_mailbox(
    *,
    slug: str,
    domain: str,
    is_taken: bool,
    previous_day: date | None,
    previous_organizers: Collection[int],
    organizers: Collection[int],
) -> Proposal:
    """Propose what to do about an edition's mailbox.

    Args:
        slug: of the place, without an edition's number.
        domain: of the programme's mailboxes; "" where it has none.
        is_taken: a mailbox has the address already.
        previous_day: when the earlier edition was; None where nobody knows.
        previous_organizers, organizers: person ids of both editions.
    """
    if not domain:
        return Proposal(ProposalKind.NONE, "", "This programme has no mailboxes of its own.")
    address = f"{slug}@{domain}"
    if not is_taken:
        return Proposal(ProposalKind.CREATE, address, "Nobody has this address yet.")
    shared = set(previous_organizers) & set(organizers)
    if shared:
        people = "one organizer" if len(shared) == 1 else f"{len(shared)} organizers"
        return Proposal(ProposalKind.KEEP, address, f"The earlier edition shares {people} with this one.")
    ending = f"{previous_day:%m%Y}" if previous_day else "earlier"
    return Proposal(
        ProposalKind.MIGRATE,
        address,
        "Other people organized the earlier edition; its letters are not for the new ones.",
        f"{slug}{ending}@{domain}",
    )
