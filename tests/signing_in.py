"""Signs members of staff in without their pages, each of which is three requests: tests do it several hundred times."""

import time

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

from webapp.core.database import db
from webapp.people.models.user import User


def signed_in(app: Flask, email: str) -> tuple[str, str]:
    """Return name and value of the cookie that somebody has who has just signed in.

    Args:
        app: the application, or one with the same key and database.
        email: of the account.
    """
    with app.app_context():
        account = db.session.scalars(select(User.fs_uniquifier).where(User.email == email)).one()
    session = {"_user_id": account, "_fresh": False, "fs_cc": "set", "fs_paa": time.time()}
    assert isinstance(app.session_interface, SecureCookieSessionInterface)
    serializer = app.session_interface.get_signing_serializer(app)
    assert serializer is not None
    return app.config["SESSION_COOKIE_NAME"], str(serializer.dumps(session))
