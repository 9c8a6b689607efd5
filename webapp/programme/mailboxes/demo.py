"""Mailboxes of the demo: every address can be had, but for those that play a failure by their first word."""

from typing import ClassVar

from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault, MailboxOrder
from webapp.programme.mailboxes.base import SERVICES, MailboxService

_PLAYS = {
    "mumbai": MailboxError(MailboxFault.REFUSED, "The demo plays a service that refuses this address."),
    "busy": MailboxError(MailboxFault.TRY_LATER, "The demo plays a service that is busy."),
    "taken": MailboxError(MailboxFault.EXISTS, "The demo plays an address that somebody has already."),
}


class DemoMailboxes(MailboxService):
    """Keeps nothing; Postroom's own rows say what there is."""

    name: ClassVar[str] = "demo"

    def _play(self, address: str) -> None:
        word = address.partition("@")[0].partition("-")[0]
        if word in _PLAYS:
            raise _PLAYS[word]

    def create(self, order: MailboxOrder) -> str:
        """Make one."""
        self._play(order.address)
        return f"demo:{order.mark}"

    def exists(self, address: str) -> bool:
        """Say that only the one that plays it is there."""
        return address.startswith("taken")

    def rename(self, address: str, new_address: str) -> None:
        """Rename one."""
        self._play(new_address)

    def suspend(self, address: str) -> None:
        """Suspend one."""

    def reset(self, address: str, recovery: str) -> None:
        """Reset one."""


@SERVICES.register("demo")
def open_demo(_url: str) -> MailboxService:
    """Open it."""
    return DemoMailboxes()
