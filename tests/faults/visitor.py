"""Somebody with a browser of their own, over real HTTP: cookies, forms with their token, no following of redirects."""

import re
from http.client import HTTPConnection
from urllib.parse import urlencode

from tests.factories import PASSWORD


class HttpVisitor:
    """Visits a web server on loopback.

    Args:
        port: where it listens.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def ask(self, address: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Make one request.

        Returns:
            Its status, and the page or, of a redirect, where it leads.
        """
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            body = None if form is None else urlencode(form)
            connection.request("GET" if form is None else "POST", address, body, headers)
            answer = connection.getresponse()
            content = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.headers.get("Location") or content

    def submit(self, address: str, form: dict[str, str], seen_at: str = "") -> tuple[int, str]:
        """Post a form with the token of the page that shows it."""
        page = self.ask(seen_at or address)[1]
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, f"{seen_at or address} shows no form"
        return self.ask(address, {**form, "csrf_token": found[1]})

    def sign_in(self, email: str) -> "HttpVisitor":
        """Sign a member of staff in."""
        status, page = self.submit("/sign-in", {"email": email, "password": PASSWORD})
        assert status == 302, page
        return self
