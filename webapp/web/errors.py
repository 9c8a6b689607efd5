"""The one place that turns an error into a page, a fragment or JSON."""

from http import HTTPStatus

import structlog
from flask import Flask, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from webapp.core.database import db
from webapp.core.errors import PostroomError
from webapp.web.problems import problem

log = structlog.get_logger()
PLAIN = {
    400: "The page was out of date or the form was damaged. Go back, reload the page and try again.",
    403: "You may not do this.",
    404: "There is nothing here, or it is not yours to see.",
    405: "That cannot be done this way. Go back and use the button on the page.",
    413: "That is larger than Postroom takes.",
    422: "A number is too large, or a text holds what is no character. Go back and look at the form once more.",
    429: "That was too often. Wait a minute and try again.",
    500: "Something went wrong on our side. It has been written down; nothing was half done.",
    503: "A service that Postroom needs is not answering. Try again in a minute.",
}


def answer(status: int, message: str, field: str | None = None) -> ResponseReturnValue:
    """Return the answer for a failure in the form that was asked for."""
    if request.path.startswith("/api/"):
        return problem(status, message, field=field)
    wants_json = request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"
    if wants_json:
        return jsonify(error=message, field=field, status=status), status
    page = (
        f"errors/{status}.html" if status in PLAIN and status not in {400, 405, 413} else "errors/error.html"
    )
    title = HTTPStatus(status).phrase
    return render_template([page, "errors/error.html"], status=status, title=title, message=message), status


def init_app(app: Flask) -> None:
    """Register the handlers."""

    def known(error: PostroomError) -> ResponseReturnValue:
        db.session.rollback()
        return answer(error.status, error.message, error.field)

    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error.get_response()
        shown = make_response(answer(status, PLAIN.get(status, error.description or "That did not work.")))
        if isinstance(error, MethodNotAllowed) and error.valid_methods:
            shown.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # RFC 9110 asks for it
        return shown

    def database_gone(error: OperationalError) -> ResponseReturnValue:
        db.session.rollback()
        log.error("database not answering", path=request.path)
        return answer(503, PLAIN[503])

    def unfit(_error: DataError) -> ResponseReturnValue:
        # A number beyond 64 bits in an address names nothing that is there; in a form it is a mistake.
        db.session.rollback()
        status = 404 if request.method in {"GET", "HEAD"} else 422
        return answer(status, PLAIN[status])

    def unknown(error: Exception) -> ResponseReturnValue:
        db.session.rollback()
        log.error("unexpected", path=request.path, exc_info=error)
        return answer(500, PLAIN[500])

    app.register_error_handler(PostroomError, known)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(OperationalError, database_gone)
    app.register_error_handler(DataError, unfit)
    app.register_error_handler(Exception, unknown)
