"""Let a list also live at another service, ask for a sync, and let it live here only."""

from webapp.core.audit import record
from webapp.core.errors import ConflictError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.core.vault import Vault
from webapp.core.wake import wake
from webapp.people.domain.scope import Scope
from webapp.programme.domain.subscription_states import REMOTE_MACHINE, RemoteState
from webapp.programme.models.newsletter import NewsletterList
from webapp.programme.queries.newsletter import get_list


def connect_list(*, scope: Scope, list_id: int, audience: str, key: str, vault: Vault) -> None:
    """Let a list also live at another service from now on.

    Args:
        scope: who says so.
        list_id: which list.
        audience: its id there.
        key: of the service; "" keeps the stored one.
        vault: seals it.

    Raises:
        NotFoundError: the list is not for this member of staff.
        StaffError: there is no key.
    """
    with transaction() as session:
        row = get_list(scope, list_id)
        if not key and not row.remote_key:
            raise StaffError("Enter the key.", field="key")
        row.remote_list = audience.strip()
        row.remote_key = vault.seal(key.strip()) if key.strip() else row.remote_key
        row.remote_report, row.remote_at = {}, None
        session.flush()
        _ask(row, scope)


def ask_for_sync(*, scope: Scope, list_id: int) -> None:
    """Sync a list now, or try again what has failed.

    Raises:
        NotFoundError: the list is not for this member of staff.
        ConflictError: it lives nowhere else.
    """
    with transaction():
        row = get_list(scope, list_id)
        if row.remote_state == RemoteState.OFF:
            raise ConflictError("This list lives here only. Enter a key and an audience id first.")
        _ask(row, scope)


def disconnect_list(*, scope: Scope, list_id: int) -> None:
    """Let a list live here only; the key is forgotten.

    Raises:
        NotFoundError: the list is not for this member of staff.
        ConflictError: it lives nowhere else.
    """
    with transaction():
        row = get_list(scope, list_id)
        move(row, REMOTE_MACHINE, RemoteState.OFF, "remote_state", remote_key="", remote_lease_until=None)
        _record(row, scope)


def _ask(row: NewsletterList, scope: Scope) -> None:
    if row.remote_state != RemoteState.DUE:
        move(row, REMOTE_MACHINE, RemoteState.DUE, "remote_state", remote_error="", remote_lease_until=None)
    _record(row, scope)
    wake("bulk")


def _record(row: NewsletterList, scope: Scope) -> None:
    record(
        f"newsletter.sync_{row.remote_state}",
        "newsletter",
        row.id,
        actor_id=scope.user_id,
        programme_id=row.programme_id,
    )
