"""What a newsletter's list looks like at another service, and which side decides where the two differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from webapp.programme.domain.subscription_states import SubscriptionState


class MemberState(StrEnum):
    """How somebody stands at the other service, in its words."""

    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    CLEANED = "cleaned"  # bounced
    PENDING = "pending"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on a list at the other service."""

    address: str
    state: MemberState
    name: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the members that were asked for."""

    members: Sequence[Member]
    total: int


class RemoteList(Protocol):
    """An opened list at another service."""

    def fetch(self, since: datetime | None, offset: int, count: int) -> Page:
        """Return members changed since then, in an order that stays; raises RemoteError."""

    def put(self, address: str, name: str, *, is_subscribed: bool) -> Member:
        """Enter somebody. A yes never undoes a no of theirs; a no always counts. Raises RemoteError."""


class RemoteError(Exception):
    """The other service did not do it.

    Args:
        message: why, in a sentence for staff.
        is_passing: trying again later may help.
        is_about_member: only this one member cannot be entered.
        retry_after: seconds that it asked to wait for.
    """

    def __init__(
        self,
        message: str,
        *,
        is_passing: bool = False,
        is_about_member: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.is_passing = is_passing
        self.is_about_member = is_about_member
        self.retry_after = retry_after


class Decision(StrEnum):
    """What follows from the two sides' states."""

    NOTHING = "nothing"
    PUT_ON_HERE = "put on here"
    TAKE_OFF_HERE = "take off here"
    TAKE_OFF_THERE = "take off there"


def decide(here: SubscriptionState | None, there: MemberState, *, is_stopped: bool) -> Decision:
    """Return what to do about somebody that the other service told of; a no always wins, on either side.

    Args:
        here: their state in our list, None where they are not on it.
        there: their state in the other one.
        is_stopped: they have opted out of the programme's letters.
    """
    is_yes_there = there == MemberState.SUBSCRIBED
    is_no_there = there in {MemberState.UNSUBSCRIBED, MemberState.CLEANED}
    is_no_here = is_stopped or here == SubscriptionState.UNSUBSCRIBED
    if is_no_there and here in {None, SubscriptionState.PENDING, SubscriptionState.SUBSCRIBED}:
        return Decision.TAKE_OFF_HERE
    if is_yes_there and is_no_here:
        return Decision.TAKE_OFF_THERE
    if is_yes_there and here in {None, SubscriptionState.PENDING}:
        return Decision.PUT_ON_HERE
    return Decision.NOTHING
