"""One slice of work in a lane: what is due is found in rows and done for a few seconds."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from flask import current_app

from webapp.core.database import db
from webapp.core.errors import OperatorError
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.jobs.due import do_due_chores
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.deliver import Deliverer
from webapp.mail.actions.deliver_aftermath import settle_left_journals
from webapp.mail.actions.deliver_connections import connections_to
from webapp.mail.actions.deliver_limits import Allowance, Share
from webapp.mail.esp.base import Carrier, open_carrier
from webapp.mail.esp.server import find_server, with_connections
from webapp.mail.queries.chunk import find_preparing
from webapp.mail.queries.lease import find_due_accounts, has_due_chunk
from webapp.mail.queries.senders import pause_sender
from webapp.people.queries.due_imports import has_due_import

SLICE = 20.0  # seconds; a job costs about 50 ms to begin, so the queue stays below a half per cent
UNOPENED_REST = 600.0  # seconds that a sender rests whose account no key opens

_stop_asked = False


def ask_to_stop() -> None:
    """Ask the slice that runs in this process to finish what it holds and hand back the rest."""
    global _stop_asked  # noqa: PLW0603 -- set by a signal, which has nothing else to hold on to
    _stop_asked = True


def owner_name() -> str:
    """Return a name for the leases of this slice, that nobody else ever bears."""
    worker = os.environ.get("POSTROOM_WORKER", f"{socket.gethostname()}.{os.getpid()}")
    return f"{worker[:60]}/{uuid4().hex[:8]}"


@contextmanager
def open_within_limits(url: str, owner: str, lane: str) -> Iterator[tuple[Carrier | None, Share | None]]:
    """Open the carrier of a URL, with no more connections than all workers together may have to its server.

    Yields:
        The carrier, None when all connections are in other hands; and the share of them that delivery renews.
    """
    server = find_server(url)
    if server is None:
        yield open_carrier(url), None
        return
    with connections_to(server.name, server.connections, owner=owner, lane=lane) as (share, count):
        fewer = url if count == server.connections else with_connections(url, count)
        yield open_carrier(fewer) if count else None, share


def deliver_by_account(lane: str) -> bool:
    """Deliver what is due in a lane; senders with an account of their own share the time with all others.

    Returns:
        Whether a server was free to take letters: all connections to it may be in other hands.
    """
    is_served = False
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the delivery's own thread needs it
    settings, vault = app.extensions["settings"], app.extensions["vault"]
    accounts: list[tuple[int | None, str]] = [(None, settings.smtp_url)]
    for sender_id, sealed in find_due_accounts(lane):
        try:
            accounts.append((sender_id, vault.open(sealed)))
        except OperatorError as error:
            with transaction():
                pause_sender(sender_id, UNOPENED_REST, error.message)
    db.session.remove()
    for number, (only, url) in enumerate(accounts):
        until = time.monotonic() + SLICE / len(accounts)

        def must_stop(until: float = until) -> bool:
            return _stop_asked or time.monotonic() > until

        if _stop_asked and number:
            break
        owner = owner_name()
        with open_within_limits(url, owner, lane) as (carrier, share):
            if carrier is None:
                continue
            is_served = True
            allowance = Allowance(lane, share)
            Deliverer(
                app,
                carrier,
                lane=lane,
                owner=owner,
                must_stop=must_stop,
                sender_id=only,
                allowance=allowance,
                journal_folder=settings.journal_folder,
            ).run()
    return is_served


def work_slice(lane: str) -> None:
    """Prepare shoots, do chores and deliver letters of a lane until the slice or the work is at its end."""
    began = time.monotonic()

    def must_stop_for_letters() -> bool:
        return _stop_asked or time.monotonic() > began + SLICE / 2  # letters get the other half

    settle_left_journals(current_app.extensions["settings"].journal_folder)
    for shoot_id in find_preparing(lane):
        prepare_shoot(shoot_id)
    is_served = True
    if lane == "bulk":
        do_due_chores(must_stop_for_letters)
    if has_due_chunk(lane) and not _stop_asked:
        wake(lane)  # another worker of the lane joins in, if one is free
        is_served = deliver_by_account(lane)
    db.session.remove()
    # Without a free connection the ticker is soon enough to ask again.
    if not _stop_asked and ((is_served and has_due_chunk(lane)) or (lane == "bulk" and has_due_import())):
        wake(lane)
    db.session.remove()
