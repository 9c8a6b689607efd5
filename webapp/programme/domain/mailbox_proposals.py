"""Whose mailbox a new edition gets: ways to go, each with its reason and what it means; a person confirms one."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ProposalKind(StrEnum):
    """What could be done."""

    NONE = "none"  # letters come from the programme's sender
    CREATE = "create"
    KEEP = "keep"  # the earlier edition's mailbox goes on, with its organizers
    MIGRATE = "migrate"  # the earlier edition keeps its letters under another address; a fresh one is made


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to go.

    Args:
        kind: which.
        address: the new edition's address; "" where it has none.
        reason: why this is proposed or offered, in a sentence.
        consequence: what happens then, in a sentence.
        old_address: what the earlier edition's mailbox is called afterwards; "" where it is left alone.
    """

    kind: ProposalKind
    address: str
    reason: str
    consequence: str
    old_address: str = ""

    @property
    def token(self) -> str:
        """Return all that would be done in one word, so that what was confirmed is what is done."""
        return " ".join(filter(None, (self.kind.value, self.address, self.old_address)))

    @property
    def touches_earlier(self) -> bool:
        """Whether somebody else's mailbox changes hands or address: only a person may say so."""
        return self.kind in (ProposalKind.KEEP, ProposalKind.MIGRATE)


@dataclass(frozen=True, slots=True)
class EarlierMailbox:
    """The mailbox of an earlier edition, as it is now.

    Args:
        address: its address.
        edition: what that edition is called.
        day: when it was; None where nobody knows.
        organizers: person ids of whoever organized it.
        is_active: it can be used; a suspended one cannot be handed on.
    """

    address: str
    edition: str
    day: date | None
    organizers: frozenset[int]
    is_active: bool = True


def propose_mailbox(
    *,
    slug: str,
    series: str,
    domain: str,
    earlier: EarlierMailbox | None,
    taken: Collection[str],
    organizers: Collection[int],
) -> tuple[Proposal, ...]:
    """Propose what to do about an edition's mailbox.

    Args:
        slug: of the edition.
        series: the slug that all editions at the place share, without a number; the mailbox is called after it.
        domain: of the programme's mailboxes; "" where it has none.
        earlier: the mailbox of the edition that this one continues, as a person has said; None where there is none.
        taken: addresses of that domain that cannot be had.
        organizers: person ids of the new edition's.

    Returns:
        The ways there are, the proposed one first.
    """
    if not domain:
        return (_nothing("This programme has no mailboxes of its own."),)
    plain, own = f"{series}@{domain}", f"{slug}@{domain}"
    fresh = next((one for one in (plain, own) if one not in taken), "")
    made = [_create(fresh, earlier)] if fresh else []
    if earlier is None:
        without = (
            "The organizers use addresses of their own." if fresh else f"{plain} is taken, and so is {own}."
        )
        return (*made, _nothing(without))
    shared = len(earlier.organizers & set(organizers))
    kept = [_keep(earlier, shared)] if earlier.is_active else []
    moved = [_migrate(earlier, taken, shared)] if earlier.address == plain else []
    ways = [*kept, *moved, *made] if shared else [*moved, *made, *kept]
    return (*ways, _nothing("The organizers use addresses of their own."))


def _keep(earlier: EarlierMailbox, shared: int) -> Proposal:
    people = {0: "no organizer", 1: "one organizer"}.get(shared, f"{shared} organizers")
    return Proposal(
        ProposalKind.KEEP,
        earlier.address,
        f"{earlier.edition} shares {people} with this one.",
        f"{earlier.address} goes on with everything that is in it; {earlier.edition} writes from it no more.",
    )


def _migrate(earlier: EarlierMailbox, taken: Collection[str], shared: int) -> Proposal:
    moved = next(one for one in _old_addresses(earlier) if one not in taken)
    others = f"Other people organized {earlier.edition}; its letters are not for the new ones."
    apart = f"The letters of {earlier.edition} stay apart from the new ones."
    return Proposal(
        ProposalKind.MIGRATE,
        earlier.address,
        apart if shared else others,
        f"The old mailbox {earlier.address} becomes {moved}; its letters stay."
        f" A new, empty {earlier.address} is made.",
        moved,
    )


def _create(address: str, earlier: EarlierMailbox | None) -> Proposal:
    left_alone = f" {earlier.address} stays with {earlier.edition}." if earlier else ""
    return Proposal(
        ProposalKind.CREATE,
        address,
        "Nobody has this address yet.",
        f"A new mailbox {address} is made.{left_alone}",
    )


def _nothing(reason: str) -> Proposal:
    return Proposal(ProposalKind.NONE, "", reason, "No mailbox; letters come from the programme's sender.")


def _old_addresses(earlier: EarlierMailbox) -> Iterator[str]:
    """Yield what an earlier edition's mailbox could be called afterwards, the plainest first."""
    name, _, domain = earlier.address.partition("@")
    ending = f"{earlier.day:%Y-%m}" if earlier.day else "earlier"
    yield f"{name}-{ending}@{domain}"
    for number in range(2, 1000):
        yield f"{name}-{ending}-{number}@{domain}"


def choose_proposal(ways: Collection[Proposal], chosen: str) -> Proposal | None:
    """Return the way that was chosen by its token, or by its kind alone where no page was seen; None for no such way.

    Args:
        ways: as ``propose_mailbox`` returns them.
        chosen: what was confirmed.
    """
    return next((way for way in ways if chosen in (way.token, way.kind.value)), None)
