"""The API of triage: applications to host, and what support does with them, by the pages' own transition function."""

from typing import Any

from flask import Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import NotFoundError, StaffError
from webapp.programme.actions.host_triage import triage_host
from webapp.programme.domain.host_states import HostState
from webapp.programme.queries.events import find_programmes
from webapp.programme.queries.host import HostFilter, get_host_application, page_host_applications
from webapp.programme.queries.host_record import write_line, write_record
from webapp.programme.queries.triage_actions import TRIAGE_ACTIONS
from webapp.web.api.access import ApiBlueprint, api_scope
from webapp.web.problems import problem

blueprint = ApiBlueprint("api_host_applications", __name__, url_prefix="/api/host-applications")

ID = "<int(max=9223372036854775807):host_id>"  # what fits the column
PAGE_SIZE, LARGEST_PAGE = 50, 100  # applications
LARGEST_BODY = 64 * 1024  # bytes
# What a request to act may say, and of which kind; as ``Choices`` has it.
MEMBERS: dict[str, tuple[type, ...]] = {
    "comment": (str,),
    "note": (str,),
    "slug": (str,),
    "event_name": (str,),
    "previous_event_id": (int, type(None)),
    "is_acknowledged": (bool,),
    "mailbox": (str,),
}
KINDS = {str: "text", int: "a number", bool: "true or false", type(None): "null"}


@blueprint.get("")
def index() -> ResponseReturnValue:
    """List applications, the newest first: ``?state= (repeatable) &programme= &words= &before= &limit=``."""
    states = request.args.getlist("state")
    unknown = [state for state in states if state not in set(HostState)]
    if unknown:
        raise StaffError(
            f"There is no state “{unknown[0]}”. There are: {', '.join(HostState)}.", field="state"
        )
    chosen = HostFilter(
        states=tuple(states), programme_id=_read_programme(), words=request.args.get("words", "")
    )
    limit = _read_number("limit", PAGE_SIZE, LARGEST_PAGE) or PAGE_SIZE
    page = page_host_applications(
        api_scope(), chosen, now=now(), before=_read_number("before", None, 2**63 - 1), limit=limit
    )
    next_url = None
    if page.next_before is not None:
        kept = {name: request.args.getlist(name) for name in ("state", "programme", "words", "limit")}
        next_url = url_for(".index", **kept, before=page.next_before)  # type: ignore[arg-type]  # lists repeat
    answer = jsonify(items=[write_line(row) | {"url": _url(row.id)} for row in page.rows], next=next_url)
    if next_url is not None:
        answer.headers["Link"] = f'<{next_url}>; rel="next"'  # RFC 8288
    return answer


@blueprint.get(f"/{ID}")
def show(host_id: int) -> ResponseReturnValue:
    """Show one application: answers, warnings, what can be done, history."""
    return _record(host_id)


@blueprint.post(f"/{ID}/actions/<action>")
def act(host_id: int, action: str) -> ResponseReturnValue:
    """Do one thing to one application, and answer with how it stands then."""
    if action not in TRIAGE_ACTIONS:
        raise NotFoundError(f"There is no action “{action}”. There are: {', '.join(TRIAGE_ACTIONS)}.")
    said = _read_body()
    if isinstance(said, Response):
        return said
    triage_host(scope=api_scope(), application_id=host_id, action=action, now=now(), **said)
    return _record(host_id)


def _record(host_id: int) -> Response:
    row = get_host_application(api_scope(), host_id)
    return jsonify(write_record(api_scope(), row, now()) | {"url": _url(row.id)})


def _url(host_id: int) -> str:
    return url_for(".show", host_id=host_id)


def _read_programme() -> int | None:
    """Return the programme whose short address was named."""
    slug = request.args.get("programme", "")
    if not slug:
        return None
    for programme in find_programmes(api_scope()):
        if programme.slug == slug:
            return programme.id
    raise NotFoundError("There is no such programme.", field="programme")


def _read_number(name: str, default: int | None, largest: int) -> int | None:
    """Return a number of the address from 1 to ``largest``."""
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) <= largest):
        raise StaffError(f"Write a number from 1 to {largest}.", field=name)
    return int(text)


def _read_body() -> dict[str, Any] | Response:
    """Return what the request says with its action; an empty body says nothing.

    Raises:
        StaffError: it is no JSON object, or has a member that is unknown or of another kind.
    """
    if request.content_length is not None and request.content_length > LARGEST_BODY:
        return problem(413, f"At most {LARGEST_BODY} bytes, please.")
    if not request.get_data(cache=True):
        return {}
    if request.mimetype != "application/json":
        return problem(415, "Send JSON, with Content-Type: application/json.")
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise StaffError("Send one JSON object.")
    for name, value in said.items():
        if name not in MEMBERS:
            raise StaffError(f"There is no “{name}”. There are: {', '.join(MEMBERS)}.", field=name)
        if type(value) not in MEMBERS[name]:  # isinstance would take true for a number
            wanted = " or ".join(KINDS[kind] for kind in MEMBERS[name])
            raise StaffError(f"“{name}” is {wanted}.", field=name)
    return said
