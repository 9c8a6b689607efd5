"""A Google that plays the Directory API (users, aliases) and its token endpoint over HTTP on loopback."""

import json
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

USERS = "/admin/directory/v1/users"


@dataclass
class Directory:
    """What it knows: users by primary address, and answers that it gives before it looks.

    Args:
        users: by primary address, as the API shows them.
        aliases: address of a user by alias.
        troubles: (status, reason) to answer next calls with, first come first.
        calls: (method, path) of every call to the API.
    """

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    troubles: list[tuple[int, str]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def find(self, key: str) -> dict[str, Any] | None:
        """Return the user of a primary address or alias."""
        return self.users.get(self.aliases.get(key, key))

    def answer(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return status and body for a call."""
        self.calls.append((method, path))
        self.bodies.append(body)
        if self.troubles:
            status, reason = self.troubles.pop(0)
            return status, _error(status, reason)
        words = [unquote(word) for word in path.removeprefix(USERS).strip("/").split("/") if word]
        if method == "POST" and not words:
            return self._insert(body)
        user = self.find(words[0])
        if user is None:
            return 404, _error(404, "notFound")
        if method == "GET":
            return 200, user
        if method == "POST" and words[1:] == ["signOut"]:
            return 204, {}
        if method == "PUT":
            return self._update(user, body)
        if method == "DELETE" and words[1:2] == ["aliases"]:
            return (204, {}) if self.aliases.pop(words[2], None) else (404, _error(404, "notFound"))
        return 400, _error(400, "badRequest")

    def _insert(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        address = body["primaryEmail"]
        if self.find(address) is not None:
            return 409, _error(409, "duplicate")
        self.users[address] = {**body, "id": f"10{len(self.users)}"}
        return 200, self.users[address]

    def _update(self, user: dict[str, Any], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        before = user["primaryEmail"]
        user.update(body)
        if user["primaryEmail"] != before:  # Google keeps the old address as an alias
            del self.users[before]
            self.users[user["primaryEmail"]] = user
            self.aliases[before] = user["primaryEmail"]
        return 200, user


def _error(status: int, reason: str) -> dict[str, Any]:
    details = [{"domain": "global", "reason": reason, "message": reason}]
    return {"error": {"code": status, "message": reason, "errors": details}}


class DirectoryServer(AbstractContextManager["DirectoryServer"]):
    """The double, listening on a free port while the block lasts."""

    def __init__(self) -> None:
        self.directory = Directory()
        directory = self.directory

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                path = urlsplit(self.path).path
                if path == "/token":
                    status, answer = (
                        200,
                        {"access_token": "opened", "token_type": "Bearer", "expires_in": 3600},
                    )
                elif self.headers.get("Authorization") != "Bearer opened":
                    status, answer = 401, _error(401, "authError")
                else:
                    status, answer = directory.answer(self.command, path, json.loads(raw) if raw else {})
                written = b"" if status == 204 else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(written)))
                self.end_headers()
                self.wfile.write(written)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def write_key(self, path: Path) -> Path:
        """Write a service account's key that this double accepts; new in every run."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        content = {
            "type": "service_account",
            "client_email": "postroom@project.example",
            "private_key": private.decode(),
            "private_key_id": "1",
            "token_uri": f"{self.url}/token",
        }
        path.write_text(json.dumps(content))
        return path

    def __enter__(self) -> "DirectoryServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
