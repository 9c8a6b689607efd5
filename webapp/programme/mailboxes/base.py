"""What a service that keeps mailboxes is: create, exists, rename, suspend, reset, and four ways to fail."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import cache
from typing import ClassVar

from webapp.core.errors import OperatorError
from webapp.core.registry import Shelf, load_all
from webapp.programme.domain.mailbox_steps import MailboxOrder


class MailboxService(ABC):
    """One service. Every method may be called again after it was cut off: it says so when its work is done already."""

    name: ClassVar[str]

    @abstractmethod
    def create(self, order: MailboxOrder) -> str:
        """Make a mailbox that nobody has a password of; its owner sets one through the recovery address.

        Args:
            order: address, name, recovery address, and our own mark by which a repeat is recognised.

        Returns:
            The service's own name for it.

        Raises:
            MailboxError: EXISTS when somebody else's is there; TRY_LATER, REFUSED.
        """

    @abstractmethod
    def exists(self, address: str) -> bool:
        """Say whether there is a mailbox or alias of this address."""

    @abstractmethod
    def rename(self, address: str, new_address: str) -> None:
        """Give a mailbox another address and take the old one away from it, so that it is free."""

    @abstractmethod
    def suspend(self, address: str) -> None:
        """Close a mailbox without deleting what is in it."""

    @abstractmethod
    def reset(self, address: str, recovery: str) -> None:
        """End every session and password of a mailbox; its owner sets a new one through the recovery address."""


SERVICES: Shelf[Callable[[str], MailboxService]] = Shelf("mailbox service")
"""Openers by URL scheme; a service's file puts its own there."""


@cache
def _load_services() -> None:
    load_all(__package__)


def open_mailbox_service(url: str) -> MailboxService:
    """Return the service that ``MAILBOX_URL`` describes; nothing is connected yet.

    Args:
        url: ``null:``, ``demo:`` or ``google://admin@example.org?credentials=FILE``.

    Raises:
        OperatorError: unknown scheme, or faults in the URL.
    """
    _load_services()
    scheme = url.partition(":")[0].lower()
    if scheme not in SERVICES:
        known = ", ".join(sorted(SERVICES))
        raise OperatorError(f"MAILBOX_URL must begin with one of: {known}.", field="MAILBOX_URL")
    return SERVICES.get(scheme)(url)
