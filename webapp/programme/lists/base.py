"""How a list at another service is opened: by jobs, which hand it to the action."""

from webapp.core.errors import OperatorError
from webapp.core.vault import Vault
from webapp.programme.domain.remote_lists import RemoteList
from webapp.programme.lists.mailchimp import MailchimpList
from webapp.programme.models.newsletter import NewsletterList


def open_remote_list(row: NewsletterList, vault: Vault) -> RemoteList:
    """Return the other life of a list.

    Args:
        row: a list with ``remote_list`` and ``remote_key``.
        vault: opens the key.

    Raises:
        OperatorError: the key cannot be opened any more, or it is none.
    """
    key = vault.open(row.remote_key)
    if not key or not row.remote_list:
        raise OperatorError("The list has no key or no audience id. Enter both.")
    return MailchimpList(key, row.remote_list)
