"""Visits pages without a browser: each request in an application context of its own, as on a real server."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import PASSWORD
from tests.signing_in import signed_in


class Visitor:
    """Somebody with a browser of their own.

    Args:
        app: the application.
        keeps_cookies: False for a viewer that keeps none, like those inside mail programs.
    """

    def __init__(self, app: Flask, *, keeps_cookies: bool = True) -> None:
        self._app = app
        self._client: FlaskClient = app.test_client(use_cookies=keeps_cookies)

    def open(self, address: str, method: str = "GET", **given: Any) -> TestResponse:
        """Make one request; what was put into ``g`` by an earlier one is not seen by it."""
        with self._app.app_context():
            return self._client.open(address, method=method, **given)

    def get(self, address: str, **given: Any) -> TestResponse:
        """Get a page."""
        return self.open(address, "GET", **given)

    def post(self, address: str, data: dict[str, Any] | None = None, **given: Any) -> TestResponse:
        """Post a form."""
        return self.open(address, "POST", data=data, **given)

    def submit(self, address: str, data: dict[str, Any], *, seen_at: str | None = None) -> TestResponse:
        """Post a form of a staff page with the token of the page that shows it."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(seen_at or address).text)
        assert found, f"{seen_at or address} shows no form"
        return self.post(address, {**data, "csrf_token": found[1]})

    def sign_in(self, email: str) -> "Visitor":
        """Let a member of staff have signed in."""
        self._client.set_cookie(*signed_in(self._app, email))
        return self

    def sign_in_by_page(self, email: str) -> "Visitor":
        """Sign a member of staff in as they do it themselves."""
        answer = self.submit("/sign-in", {"email": email, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        return self
