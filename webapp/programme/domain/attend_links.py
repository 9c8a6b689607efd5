"""How an applicant comes back without an account: one sealed reference, and the two pages it opens."""

import struct

from webapp.core.tokens import TokenKeys

APPLICATION = "application"
_FORM = struct.Struct(">QI")


def seal_application(keys: TokenKeys, application_id: int, version: int) -> str:
    """Return the reference of an application, URL-safe; counting its version up makes old ones worthless."""
    return keys.make(APPLICATION, _FORM.pack(application_id, version))


def read_application_token(keys: TokenKeys, token: str) -> tuple[int, int] | None:
    """Return (application, version) of a reference, or None when it was not made here for this purpose."""
    payload = keys.read(APPLICATION, token)
    if payload is None or len(payload) != _FORM.size:
        return None
    application_id, version = _FORM.unpack(payload)
    return application_id, version


def status_link(public_url: str, token: str) -> str:
    """Return the address of the page that shows an application to its applicant."""
    return f"{public_url}/applications/{token}"


def rsvp_link(public_url: str, token: str) -> str:
    """Return the address of the page on which an accepted applicant says whether they come."""
    return f"{public_url}/rsvp/{token}"
