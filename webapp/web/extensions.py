"""The Flask extensions of the pages, made once and bound to an app in ``create_app``."""

from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_security import Security, SQLAlchemyUserDatastore
from flask_wtf import CSRFProtect

from webapp.core.database import db
from webapp.people.models.user import Grant, User

csrf = CSRFProtect()
babel = Babel()
limiter = Limiter(key_func=get_remote_address)
security = Security()


def init_app(app: Flask) -> None:
    """Bind the extensions; sign-in is rate-limited by address and by account."""
    csrf.init_app(app)
    babel.init_app(app)
    limiter.init_app(app)
    # Flask-Security wants a role model for its own roles, which are not used; grants are ours.
    security.init_app(app, SQLAlchemyUserDatastore(db, User, Grant), register_blueprint=True)
    for endpoint in ("security.login",):
        app.view_functions[endpoint] = limiter.limit(
            "10 per minute; 60 per hour", methods=["POST"], error_message="Too many tries. Wait a minute."
        )(app.view_functions[endpoint])
