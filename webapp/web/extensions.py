"""The Flask extensions of the pages, made once and bound to an app in ``create_app``."""

from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security, SQLAlchemyUserDatastore
from flask_security.utils import verify_and_update_password
from flask_wtf import CSRFProtect

from webapp.core.database import db
from webapp.people.models.sign_in import install_password_check
from webapp.people.models.user import Grant, User
from webapp.people.queries.scope import find_account
from webapp.web.language import (
    chosen_language,
    in_words,
    page_direction,
    page_language,
    say_in_template,
)


class Accounts(SQLAlchemyUserDatastore):  # type: ignore[misc]  # Flask-Security has no types
    """Where Flask-Security finds members of staff."""

    def find_user(self, case_insensitive: bool = False, **given: object) -> User | None:
        """Find one as Flask-Security does, but whoever is signed in with one question."""
        if set(given) == {"fs_uniquifier"}:
            return find_account(str(given["fs_uniquifier"]))
        found: User | None = super().find_user(case_insensitive, **given)
        return found


csrf = CSRFProtect()
babel = Babel()
limiter = Limiter(key_func=get_remote_address)
security = Security()


def init_app(app: Flask) -> None:
    """Bind the extensions; sign-in is rate-limited by address and by account."""
    csrf.init_app(app)
    babel.init_app(app, locale_selector=chosen_language)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's i18n extension
        say_in_template, lambda one, many, n: one if n == 1 else many, newstyle=True
    )
    app.jinja_env.filters["said"] = in_words
    app.jinja_env.globals.update(page_language=page_language, page_direction=page_direction)
    limiter.init_app(app)
    # Flask-Security wants a role model for its own roles, which are not used; grants are ours.
    security.init_app(app, Accounts(db, User, Grant), register_blueprint=True)
    security.principal.skip_static = True  # a script or a picture asks nobody who they are
    install_password_check(app.extensions, verify_and_update_password)
    for endpoint in ("security.login",):
        app.view_functions[endpoint] = limiter.limit(
            "10 per minute; 60 per hour", methods=["POST"], error_message="Too many tries. Wait a minute."
        )(app.view_functions[endpoint])
