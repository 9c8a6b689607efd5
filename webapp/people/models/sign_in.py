"""What Flask-Security asks of somebody who signs in, without Flask-Security: only pages sign anybody in.

Its own UserMixin brings forms, password hashing and translations with it, which every worker would carry about.
A test holds this against it: what is new there is either here or said to be unused.
"""

from collections.abc import Callable

from flask import current_app

_EXTENSION = "postroom.password_check"

PasswordCheck = Callable[[str, object], bool]


def install_password_check(extensions: dict[str, object], check: PasswordCheck) -> None:
    """Say what compares a password with that of a user; it may store a newer hash of it."""
    extensions[_EXTENSION] = check


class SignIn:
    """Somebody who may sign in: the questions of Flask-Login and Flask-Security to a user's row."""

    email: object
    active: object
    fs_uniquifier: object

    @property
    def is_authenticated(self) -> bool:
        """Say that this is somebody, and not a visitor."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """Say that this is not a visitor."""
        return False

    @property
    def is_active(self) -> bool:
        """Say whether they may sign in."""
        return bool(self.active)

    @property
    def roles(self) -> list[object]:
        """Return nothing: rights hang on grants with a place (``Scope``), not on Flask-Security's roles."""
        return []

    def is_locked(self, _errors: list[str] | None = None) -> bool:
        """Say no: too many tries are counted by the pages, and colleagues take ``active`` away."""
        return False

    def track_failed_authn(self, *_what: object) -> None:
        """Note nothing of a wrong password."""

    def get_id(self) -> str:
        """Return what the session's cookie knows them by; another one signs them out everywhere."""
        return str(self.fs_uniquifier)

    def has_role(self, _role: object) -> bool:
        """Say no: see ``roles``."""
        return False

    def has_permission(self, _permission: str) -> bool:
        """Say no: see ``roles``."""
        return False

    def get_security_payload(self) -> dict[str, object]:
        """Return what an answer in JSON says about them: nothing."""
        return {}

    def get_redirect_qparams(self, existing: dict[str, object] | None = None) -> dict[str, object]:
        """Return what an address that one is sent on to says about them."""
        return {**(existing or {}), "email": self.email, "identity": self.calc_username()}

    def calc_username(self) -> str:
        """Return the name by which they sign in."""
        return str(self.email)

    def verify_and_update_password(self, password: str) -> bool:
        """Say whether a password is theirs."""
        check: PasswordCheck = current_app.extensions[_EXTENSION]
        return check(password, self)
