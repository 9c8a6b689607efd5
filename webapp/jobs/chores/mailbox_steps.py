"""Steps with mailboxes: the service is opened here and handed to the action that takes one step after another."""

from collections.abc import Callable

from flask import current_app

from webapp.core.clock import now
from webapp.programme.actions.mailbox_steps import take_next_step
from webapp.programme.mailboxes.base import open_mailbox_service


def run(must_stop: Callable[[], bool]) -> None:
    """Take the steps that are due, one after the other."""
    service = open_mailbox_service(current_app.extensions["settings"].mailbox_url)
    while not must_stop() and take_next_step(service, now()):
        pass
