"""A Mailchimp on loopback: the part of its Marketing API that lists use, with its manners and its failures."""

import base64
import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "0123456789abcdef-us6"
AUDIENCE = "a1b2c3"


@dataclass
class Mailchimp:
    """The service; use it as a context manager.

    Args:
        members: by address in lower case, as the API shows them.
        failures: statuses that the next requests are answered with.
        fake: addresses that it refuses.
    """

    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[int] = field(default_factory=list)
    fake: set[str] = field(default_factory=set)
    calls: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)
    clock: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __enter__(self) -> "Mailchimp":
        service = self

        class Handler(_Handler):
            mailchimp = service

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join(timeout=10)
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/3.0"

    def add(self, address: str, status: str, name: str = "", changed_at: datetime | None = None) -> None:
        """Enter or change somebody, as on the service's own pages."""
        self.clock += timedelta(seconds=1)
        self.members[address.lower()] = {
            "email_address": address,
            "status": status,
            "full_name": name,
            "last_changed": (changed_at or self.clock).isoformat(),
        }

    def status_of(self, address: str) -> str | None:
        member = self.members.get(address.lower())
        return member["status"] if member else None

    def page(self, query: dict[str, str]) -> dict[str, Any]:
        since = query.get("since_last_changed")
        rows = sorted(self.members.values(), key=lambda row: datetime.fromisoformat(row["last_changed"]))
        if since:
            moment = datetime.fromisoformat(since)
            rows = [row for row in rows if datetime.fromisoformat(row["last_changed"]) >= moment]
        offset = int(query.get("offset", 0))
        return {"members": rows[offset : offset + int(query.get("count", 10))], "total_items": len(rows)}

    def put(self, digest: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        address = body["email_address"]
        if address in self.fake or md5(address.lower().encode(), usedforsecurity=False).hexdigest() != digest:
            return 400, {"title": "Invalid Resource", "detail": "looks fake or invalid"}
        known = self.members.get(address.lower())
        status = body.get("status") or (known["status"] if known else body["status_if_new"])
        if known is None or known["status"] != status:
            self.add(address, status, changed_at=datetime.now(UTC))
        return 200, self.members[address.lower()]


class _Handler(BaseHTTPRequestHandler):
    mailchimp: Mailchimp
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_PUT(self) -> None:
        self._answer("PUT")

    def _answer(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = urlsplit(self.path)
        with self.mailchimp.lock:
            self.mailchimp.calls[method] += 1
            status, data = self._judge(method, parts.path, parts.query, body)
        content = json.dumps(data).encode()
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "600")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _judge(self, method: str, path: str, query: str, body: bytes) -> tuple[int, dict[str, Any]]:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode().partition(":")[2] != KEY:
            return 401, {"title": "API Key Invalid"}
        if self.mailchimp.failures:
            return self.mailchimp.failures.pop(0), {"title": "Not now"}
        base = f"/3.0/lists/{AUDIENCE}/members"
        if method == "GET" and path == base:
            return 200, self.mailchimp.page({name: values[0] for name, values in parse_qs(query).items()})
        if method == "PUT" and path.startswith(f"{base}/"):
            return self.mailchimp.put(path.rpartition("/")[2], json.loads(body))
        return 404, {"title": "Resource Not Found"}

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""
