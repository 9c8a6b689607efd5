"""Who is at the screen: every staff page is born behind this door and cannot be registered without it."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.core.errors import ForbiddenError
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import get_scope

NOBODY = Scope(user_id=0)  # no account has this id, so nothing is theirs
View = TypeVar("View", bound=Callable[..., Any])


def current_scope() -> Scope:
    """Return how far the person at the screen sees, which is nowhere before sign-in; computed once a request."""
    if "scope" not in g:
        g.scope = get_scope(current_user) if current_user.is_authenticated else NOBODY
    scope: Scope = g.scope
    return scope


def for_reviewers(view: View) -> View:
    """Decorate a view that accounts may open which only score applications; all others are shut to them."""
    view.is_for_reviewers = True  # type: ignore[attr-defined]  # a mark on the function, read by may_open
    return view


def only_reviews(scope: Scope) -> bool:
    """Say whether an account scores applications and sees nothing else."""
    sees = scope.is_administrator or scope.programme_ids or scope.event_ids
    return bool(scope.reviewing_event_ids) and not sees


def may_open(endpoint: str) -> bool:
    """Say whether the person at the screen may open a page at all; what is on it is asked there."""
    if not only_reviews(current_scope()) or endpoint.startswith(("profile.", "security.")):
        return True
    return getattr(current_app.view_functions.get(endpoint), "is_for_reviewers", False)


def ask_who() -> ResponseReturnValue | None:
    """Send whoever is not signed in to the sign-in page; refuse those without any role."""
    if not current_user.is_authenticated:
        if request.headers.get("HX-Request"):
            return "", 401, {"HX-Redirect": url_for("security.login")}
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    scope = current_scope()
    if only_reviews(scope):
        if may_open(request.endpoint or ""):
            return None
        if request.endpoint == "home.index":
            return redirect(url_for("application_list.mine"))
        raise ForbiddenError("Your account scores applications; all else is for the organizers.")
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
