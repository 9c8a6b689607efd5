"""The addresses that letters about applications to host name, and what their references mean."""

import struct

from flask import current_app

HOST_STATUS = "host-status"  # purpose of the references
STATUS_PAGE = "/host-status/"
DESK_PAGE = "/host-applications/"
EVENT_PAGE = "/events/details/?id="
_FORM = struct.Struct(">QQ")


def _public_url() -> str:
    return str(current_app.extensions["settings"].public_url)


def make_host_token(application_id: int, person_id: int) -> str:
    """Return the reference by which one organizer sees their application without an account."""
    payload = _FORM.pack(application_id, person_id)
    return str(current_app.extensions["tokens"].make(HOST_STATUS, payload))


def read_host_token(token: str) -> tuple[int, int] | None:
    """Return (application, person) of a reference, or None for whatever was not made here for this."""
    payload = current_app.extensions["tokens"].read(HOST_STATUS, token)
    if payload is None or len(payload) != _FORM.size:
        return None
    application_id, person_id = _FORM.unpack(payload)
    return application_id, person_id


def host_status_link(application_id: int, person_id: int) -> str:
    """Return the page where one organizer sees how the application stands."""
    return f"{_public_url()}{STATUS_PAGE}{make_host_token(application_id, person_id)}"


def host_desk_link(application_id: int) -> str:
    """Return the staff page of an application."""
    return f"{_public_url()}{DESK_PAGE}{application_id}"


def event_desk_link(event_id: int) -> str:
    """Return the staff page of an event."""
    return f"{_public_url()}{EVENT_PAGE}{event_id}"
