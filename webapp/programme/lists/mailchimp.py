"""A list at Mailchimp by its Marketing API 3.0: members in pages, and one member at a time back."""

import hashlib
import re
from datetime import datetime
from http import HTTPStatus
from typing import Any

import requests

from webapp.core.errors import OperatorError
from webapp.programme.domain.remote_lists import Member, MemberState, Page, RemoteError

TIMEOUT = (5.0, 30.0)  # seconds to connect, to read
_KEY = re.compile(r"[0-9A-Za-z]{8,64}-(?P<centre>[a-z]{2,4}[0-9]{1,3})")
_FIELDS = "members.email_address,members.status,members.full_name,members.last_changed,total_items"


class MailchimpList:
    """One audience.

    Args:
        key: an API key; its end names the data centre, and with it the host.
        audience_id: the audience's id.
        base_url: of the API; None is the key's data centre.

    Raises:
        OperatorError: it is no such key.
    """

    def __init__(self, key: str, audience_id: str, base_url: str | None = None) -> None:
        match = _KEY.fullmatch(key)
        if match is None or not re.fullmatch(r"[0-9A-Za-z]{1,50}", audience_id):
            raise OperatorError(
                "This is no API key of Mailchimp (it ends like -us6), or no audience id. Enter both again."
            )
        base = base_url or f"https://{match['centre']}.api.mailchimp.com/3.0"
        self._url = f"{base}/lists/{audience_id}/members"
        self._session = requests.Session()
        self._session.auth = ("postroom", key)

    def fetch(self, since: datetime | None, offset: int, count: int) -> Page:
        """Return members changed since then, the earliest change first.

        Raises:
            RemoteError: it did not answer as it should.
        """
        query: dict[str, str | int] = {
            "offset": offset,
            "count": count,
            "fields": _FIELDS,
            "sort_field": "last_changed",
            "sort_dir": "ASC",
        }
        if since is not None:
            query["since_last_changed"] = since.isoformat(timespec="seconds")
        data = self._call("GET", self._url, params=query)
        try:
            return Page([_read(row) for row in data["members"]], int(data["total_items"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RemoteError(
                "Mailchimp answered with something else than members.", is_passing=True
            ) from error

    def put(self, address: str, name: str, *, is_subscribed: bool) -> Member:
        """Enter somebody; a yes is given for new members only, so that it never undoes a no of theirs.

        Returns:
            The member as the service has it now.

        Raises:
            RemoteError: it did not take them.
        """
        status = MemberState.SUBSCRIBED if is_subscribed else MemberState.UNSUBSCRIBED
        body: dict[str, Any] = {"email_address": address, "status_if_new": status.value}
        if not is_subscribed:
            body["status"] = status.value
        if name and is_subscribed:
            first, _, last = name.partition(" ")
            body["merge_fields"] = {"FNAME": first, "LNAME": last}
        digest = hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
        return _read(self._call("PUT", f"{self._url}/{digest}", json=body))

    def _call(self, method: str, url: str, **given: Any) -> dict[str, Any]:
        """Make one request and return the object that it answers with."""
        try:
            answer = self._session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **given)
        except requests.RequestException as error:
            raise RemoteError(
                f"Mailchimp does not answer ({type(error).__name__}). It is tried again.", is_passing=True
            ) from error
        status = answer.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            wait = answer.headers.get("Retry-After", "")
            raise RemoteError(
                f"Mailchimp asks to wait (status {status}). It is tried again.",
                is_passing=True,
                retry_after=float(wait) if wait.isdecimal() else None,
            )
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise RemoteError("Mailchimp does not take the key. Make a new one there and enter it here.")
        if status == HTTPStatus.BAD_REQUEST and method == "PUT":
            raise RemoteError("Mailchimp refuses this member.", is_about_member=True)
        if status != HTTPStatus.OK:
            raise RemoteError(f"Mailchimp answered with status {status}. Is the audience id right?")
        try:
            data = answer.json()
        except ValueError as error:
            raise RemoteError("Mailchimp's answer cannot be read.", is_passing=True) from error
        if not isinstance(data, dict):
            raise RemoteError("Mailchimp's answer cannot be read.", is_passing=True)
        return data


def _read(row: dict[str, Any]) -> Member:
    """Return a member as the API writes it."""
    status, changed = str(row.get("status", "")), str(row.get("last_changed") or "")
    return Member(
        address=str(row["email_address"]),
        state=MemberState(status) if status in set(MemberState) else MemberState.OTHER,
        name=str(row.get("full_name") or ""),
        changed_at=datetime.fromisoformat(changed) if changed else None,
    )
