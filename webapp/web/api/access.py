"""Who asks the API: a personal token in the Authorization header (RFC 6750), and nothing else; cookies are not read."""

from typing import Any

from flask import Blueprint, Response, g, request
from flask_limiter.util import get_remote_address

from webapp.core.clock import now
from webapp.people.domain.scope import Scope
from webapp.people.queries.api_tokens import find_token_owner, read_token
from webapp.people.queries.scope import get_scope
from webapp.web.extensions import csrf, limiter
from webapp.web.problems import problem

PER_CALLER = "120 per minute"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="Postroom"'}
SPENT = {"WWW-Authenticate": 'Bearer realm="Postroom", error="invalid_token"'}


def bearer_token() -> str:
    """Return the token of the Authorization header, "" where there is none."""
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def name_caller() -> str:
    """Return whose calls are counted together: those of an account, else those of an address."""
    found = read_token(bearer_token())
    return f"account {found[0]}" if found else f"address {get_remote_address()}"


def ask_token() -> Response | None:
    """Refuse whoever shows no token that opens something, and those whose account triages nothing."""
    token = bearer_token()
    if not token:
        return problem(
            401, "Send a token: Authorization: Bearer postroom_… (docs/api.md).", headers=CHALLENGE
        )
    user = find_token_owner(token, now())
    if user is None:
        return problem(401, "This token has ended or was revoked. Make a new one.", headers=SPENT)
    scope = get_scope(user)
    if not (scope.is_administrator or scope.programme_ids):
        return problem(403, "The API is for support of programmes.")
    g.api_scope = scope
    return None


def api_scope() -> Scope:
    """Return how far the owner of the request's token sees."""
    scope: Scope = g.api_scope
    return scope


class ApiBlueprint(Blueprint):
    """A blueprint whose every route asks for a token first.

    It takes requests without a CSRF token, because it reads no cookie: another site can make a browser send its
    cookies along, but not a header that it does not know.
    """

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.before_request(ask_token)
        self.after_request(keep_private)
        csrf.exempt(self)
        limiter.limit(PER_CALLER, key_func=name_caller)(self)


def keep_private(response: Response) -> Response:
    """Let nobody on the way keep a copy of an answer."""
    response.headers["Cache-Control"] = "no-store"
    return response
