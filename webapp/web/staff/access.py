"""Who is at the screen: every staff page is born behind this door and cannot be registered without it."""

from typing import Any

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.core.errors import ForbiddenError
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import get_scope

NOBODY = Scope(user_id=0)  # no account has this id, so nothing is theirs


def current_scope() -> Scope:
    """Return how far the person at the screen sees, which is nowhere before sign-in; computed once a request."""
    if "scope" not in g:
        g.scope = get_scope(current_user) if current_user.is_authenticated else NOBODY
    scope: Scope = g.scope
    return scope


def ask_who() -> ResponseReturnValue | None:
    """Send whoever is not signed in to the sign-in page; refuse those without any role."""
    if not current_user.is_authenticated:
        if request.headers.get("HX-Request"):
            return "", 401, {"HX-Redirect": url_for("security.login")}
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    scope = current_scope()
    if not (scope.is_administrator or scope.programme_ids or scope.event_ids):
        raise ForbiddenError("Your account has no role yet. Ask an administrator for one.")
    return None


def require_administrator() -> None:
    """Refuse everybody but administrators.

    Raises:
        ForbiddenError: the person at the screen is none.
    """
    if not current_scope().is_administrator:
        raise ForbiddenError("Only an administrator may do this.")


class StaffBlueprint(Blueprint):
    """A blueprint whose every route asks who you are, before anything else happens."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(name, import_name, **options)
        self.before_request(ask_who)


def staff_zone() -> str:
    """Return the time zone of the person at the screen, by name, ``UTC`` when they have not said."""
    zone = getattr(current_user, "timezone", "") if current_user else ""
    return str(zone or current_app.config.get("POSTROOM_ZONE", "UTC"))
