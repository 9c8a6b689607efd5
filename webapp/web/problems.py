"""What the API answers when something does not work: problem details as JSON (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, jsonify

RETRY_AFTER = 60  # seconds, after a rate limit


def problem(
    status: int, detail: str, *, field: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer of ``application/problem+json``.

    Args:
        status: of HTTP.
        detail: a sentence that says what is wrong and what to do next.
        field: the member of the request that it belongs to, as an extension member.
        headers: more headers.
    """
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if field is not None:
        body["field"] = field
    answer = jsonify(body)
    answer.status_code = status
    answer.mimetype = "application/problem+json"
    answer.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(RETRY_AFTER)
    answer.headers.update(headers or {})
    return answer
