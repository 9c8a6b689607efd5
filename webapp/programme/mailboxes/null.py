"""No mailboxes: every order is refused with the sentence that says why."""

from typing import ClassVar, NoReturn

from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault, MailboxOrder
from webapp.programme.mailboxes.base import SERVICES, MailboxService


def _refuse() -> NoReturn:
    raise MailboxError(
        MailboxFault.REFUSED, "This installation keeps no mailboxes. An operator can set MAILBOX_URL."
    )


class NullMailboxes(MailboxService):
    """Where no service is set."""

    name: ClassVar[str] = "null"

    def create(self, order: MailboxOrder) -> str:
        """Refuse."""
        _refuse()

    def exists(self, address: str) -> bool:
        """Say that there is none."""
        return False

    def rename(self, address: str, new_address: str) -> None:
        """Refuse."""
        _refuse()

    def suspend(self, address: str) -> None:
        """Refuse."""
        _refuse()

    def reset(self, address: str, recovery: str) -> None:
        """Refuse."""
        _refuse()


@SERVICES.register("null")
def open_null(_url: str) -> MailboxService:
    """Open it."""
    return NullMailboxes()
