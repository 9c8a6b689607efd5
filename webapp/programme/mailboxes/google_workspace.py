"""Mailboxes in Google Workspace, by the Directory API of its Admin SDK (directory_v1) and the official client."""

import secrets
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from google.auth.exceptions import GoogleAuthError, TransportError
from google.oauth2 import service_account
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from httplib2 import Http, HttpLib2Error

from webapp.core.errors import OperatorError
from webapp.programme.domain.mailbox_steps import MailboxError, MailboxFault, MailboxOrder
from webapp.programme.mailboxes.base import SERVICES, MailboxService

SCOPES = ("https://www.googleapis.com/auth/admin.directory.user",)
TIMEOUT = 20.0  # seconds for one call
_MARK = "postroom"
_FAULTS = {
    404: MailboxFault.MISSING,
    409: MailboxFault.EXISTS,
    412: MailboxFault.TRY_LATER,
    429: MailboxFault.TRY_LATER,
}
_BUSY_REASONS = frozenset({"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"})


class GoogleWorkspaceMailboxes(MailboxService):
    """Users of a Workspace domain, made by a service account on behalf of an administrator.

    Args:
        key_file: the service account's key, with domain-wide delegation for ``SCOPES``.
        administrator: on whose behalf.
        endpoint: where the API is; None is Google's own.
    """

    name: ClassVar[str] = "google"

    def __init__(self, key_file: str, administrator: str, endpoint: str | None = None) -> None:
        credentials = service_account.Credentials.from_service_account_file(  # type: ignore[no-untyped-call]  # published without types
            key_file, scopes=SCOPES, subject=administrator
        )
        http = AuthorizedHttp(credentials, http=Http(timeout=TIMEOUT))
        options = {"api_endpoint": endpoint} if endpoint else None
        service = build(
            "admin",
            "directory_v1",
            http=http,
            static_discovery=True,
            cache_discovery=False,
            client_options=options,
        )
        self._users = service.users()

    def create(self, order: MailboxOrder) -> str:
        """Insert a user; one that bears our mark was made by an earlier try of the same order."""
        given, _, family = order.name.rpartition(" ")
        body: dict[str, Any] = {
            "primaryEmail": order.address,
            "name": {"givenName": (given or order.name)[:60], "familyName": (family or "Team")[:60]},
            "password": _nobodys_password(),
            "changePasswordAtNextLogin": True,
            "externalIds": [{"type": "custom", "customType": _MARK, "value": order.mark}],
        }
        if order.recovery:
            body["recoveryEmail"] = order.recovery
        try:
            made = self._call(lambda: self._users.insert(body=body))
        except MailboxError as error:
            if error.fault is MailboxFault.EXISTS:
                found = self._find(order.address)
                if found is not None and _bears(found, order.mark):
                    return str(found["id"])
            raise
        return str(made["id"])

    def exists(self, address: str) -> bool:
        """Look a user or alias up."""
        return self._find(address) is not None

    def rename(self, address: str, new_address: str) -> None:
        """Give a user another primary address, and delete the alias that Google keeps of the old one."""
        if self._find(new_address) is None:
            self._call(lambda: self._users.update(userKey=address, body={"primaryEmail": new_address}))
        try:
            self._call(lambda: self._users.aliases().delete(userKey=new_address, alias=address))
        except MailboxError as error:
            if error.fault is not MailboxFault.MISSING:  # deleted by an earlier try
                raise

    def suspend(self, address: str) -> None:
        """Suspend a user."""
        self._call(lambda: self._users.update(userKey=address, body={"suspended": True}))

    def reset(self, address: str, recovery: str) -> None:
        """Sign a user out everywhere and set a password that nobody knows."""
        body: dict[str, Any] = {"password": _nobodys_password(), "changePasswordAtNextLogin": True}
        if recovery:
            body["recoveryEmail"] = recovery
        self._call(lambda: self._users.update(userKey=address, body=body))
        self._call(lambda: self._users.signOut(userKey=address))

    def _find(self, address: str) -> dict[str, Any] | None:
        try:
            return self._call(lambda: self._users.get(userKey=address, projection="full"))
        except MailboxError as error:
            if error.fault is MailboxFault.MISSING:
                return None
            raise

    def _call(self, make: Callable[[], Any]) -> dict[str, Any]:
        """Make a call and name what goes wrong by what has to happen next."""
        try:
            answer = make().execute(num_retries=0)
        except HttpError as error:
            raise _named(error) from error
        except (TransportError, HttpLib2Error, OSError) as error:
            raise MailboxError(MailboxFault.TRY_LATER, "Google Workspace cannot be reached.") from error
        except GoogleAuthError as error:
            raise MailboxError(
                MailboxFault.REFUSED, "Google does not accept the service account's key or its delegation."
            ) from error
        return answer if isinstance(answer, dict) else {}


def _named(error: HttpError) -> MailboxError:
    """Return what an answer of the API means."""
    status = int(error.resp.status)
    details = error.error_details if isinstance(error.error_details, list) else []
    reasons = {detail.get("reason") for detail in details if isinstance(detail, dict)}
    if status >= 500 or reasons & _BUSY_REASONS:
        return MailboxError(MailboxFault.TRY_LATER, f"Google Workspace is busy (status {status}).")
    fault = _FAULTS.get(status, MailboxFault.REFUSED)
    words = {
        MailboxFault.MISSING: "There is no such mailbox at Google Workspace.",
        MailboxFault.EXISTS: "Google Workspace has a mailbox or alias of this address already.",
        MailboxFault.TRY_LATER: "Google Workspace asks us to come back later.",
        MailboxFault.REFUSED: f"Google Workspace refuses this (status {status}): {str(error.reason)[:200]}",
    }
    return MailboxError(fault, words[fault])


def _nobodys_password() -> str:
    return secrets.token_urlsafe(48)


def _bears(user: dict[str, Any], mark: str) -> bool:
    marks = user.get("externalIds") or []
    return any(one.get("customType") == _MARK and one.get("value") == mark for one in marks)


@SERVICES.register("google")
def open_google(url: str) -> MailboxService:
    """Open it: ``google://admin@example.org?credentials=FILE``, and ``&endpoint=URL`` for another API host.

    Raises:
        OperatorError: the URL names no administrator or no key, or the key cannot be read.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    administrator = unquote(f"{parts.username or ''}@{parts.hostname or ''}")
    key_file = options.get("credentials", [""])[0]
    if not parts.username or not parts.hostname or not key_file:
        raise OperatorError(
            "MAILBOX_URL must be google://administrator@domain?credentials=FILE.", field="MAILBOX_URL"
        )
    try:
        return GoogleWorkspaceMailboxes(key_file, administrator, options.get("endpoint", [None])[0])
    except (OSError, ValueError) as error:
        raise OperatorError(
            "The file that MAILBOX_URL names as credentials is no service account's key.", field="MAILBOX_URL"
        ) from error
