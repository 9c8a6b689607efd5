"""Lists that also live at another service: the service is opened here and handed to the action."""

from collections.abc import Callable

from flask import current_app

from webapp.core.clock import now
from webapp.core.errors import OperatorError
from webapp.core.vault import Vault
from webapp.programme.actions.newsletter_sync import claim_list, fail_list, sync_list
from webapp.programme.domain.remote_lists import RemoteList
from webapp.programme.lists.base import open_remote_list
from webapp.programme.models.newsletter import NewsletterList

Opener = Callable[[NewsletterList, Vault], RemoteList]


def run(must_stop: Callable[[], bool], open_list: Opener = open_remote_list) -> None:
    """Sync the lists that are due, one after the other; one that fails does not stop the next.

    Args:
        must_stop: says when to hand back the rest.
        open_list: opens a list at the other service.
    """
    while not must_stop():
        row = claim_list(now())
        if row is None:
            return
        list_id = row.id
        try:
            service = open_list(row, current_app.extensions["vault"])
        except OperatorError as error:
            fail_list(list_id, error, now())
            continue
        sync_list(list_id, service, now(), must_stop)
