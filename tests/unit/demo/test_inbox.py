"""The inbox page, in a small application around the real base page."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from webapp.app import create_app
from webapp.demo.sink_outcomes import PARTS
from webapp.demo.store import Arrival
from webapp.demo.store_writer import LetterWriter
from webapp.settings import Settings

HOSTILE = (
    b"From: <script>alert(1)</script> <evil@post.example>\r\n"
    b"To: ada@example.org\r\n"
    b"Subject: <img src=x onerror=alert(2)>\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b"<!doctype html><html><head><base href='https://evil.example/'></head><body onload=alert(3)>"
    b"<script>alert(4)</script><form action='https://evil.example'><input name=q></form>"
    b"<a href='javascript:alert(5)'>click</a><a href='https://post.example/o/1'>Opt out</a></body></html>"
)


def plain(subject: str = "Hello", **headers: str) -> bytes:
    """Write a small letter."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"From: Zo\u00eb <zoe@post.example>\r\nSubject: {subject}\r\n{lines}\r\nDear reader\r\n".encode()


@pytest.fixture(scope="module")
def inbox_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The real application in demo mode; none of its services is asked by the inbox."""
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    return create_app(
        Settings(
            database_url=nowhere,
            redis_url="redis://127.0.0.1:1/0",
            smtp_url="memory:",
            public_url="http://localhost",
            secret_keys=("for-tests-only-0123456789abcdef0123456789abcdef",),
            is_demo=True,
            inbox_path=tmp_path_factory.mktemp("inbox") / "inbox.sqlite3",
        )
    )


@pytest.fixture
def path(inbox_app: Flask) -> Path:
    """Where the letters lie; none do yet."""
    found: Path = inbox_app.extensions["settings"].inbox_path
    for file in found.parent.iterdir():
        file.unlink()
    return found


@pytest.fixture
def client(inbox_app: Flask, path: Path) -> FlaskClient:
    """A browser before the inbox."""
    return inbox_app.test_client()


@pytest.fixture
def arrive(path: Path) -> Callable[..., None]:
    """Put letters into the store as the sink does."""

    def put(*contents: bytes, to: str = "ada@example.org") -> None:
        writer = LetterWriter(path, keep_count=100, on_flushed=lambda: None, on_failed=lambda _: None)
        for content in contents:
            writer.add(Arrival(time.time(), "bounces@post.example", (to,), content))
        writer.close()

    return put


def test_an_empty_inbox_says_what_to_do_and_names_every_part(client: FlaskClient) -> None:
    page = client.get("/demo/inbox").text
    assert "No letter yet" in page
    assert "send it" in page
    for part in PARTS.values():
        assert f"{part.word}+any@example.org" in page
        assert part.sees in page


def test_the_list_is_newest_first_and_can_be_searched(
    client: FlaskClient, arrive: Callable[..., None]
) -> None:
    arrive(plain("First"), plain("Второе письмо"))
    arrive(plain("Third"), to="bob@example.org")
    page = client.get("/demo/inbox").text
    assert page.index("Third") < page.index("Второе письмо") < page.index("First")
    assert "3 letters arrived in all." in page
    found = client.get("/demo/inbox", query_string={"search": "второе"}).text
    assert "Второе письмо" in found
    assert "First" not in found
    of_bob = client.get("/demo/inbox?to=BOB@example.org").text
    assert "Third" in of_bob
    assert "First" not in of_bob
    assert "No letter like that" in client.get("/demo/inbox?search=nowhere").text


def test_pages_by_key(client: FlaskClient, arrive: Callable[..., None]) -> None:
    arrive(*(plain(f"number-{number:03}") for number in range(70)))
    first = client.get("/demo/inbox?search=number").text
    assert first.count("/demo/inbox/") >= 50
    assert "number-020" in first
    assert "number-019" not in first
    assert "/demo/inbox?search=number&amp;before=21" in first
    second = client.get("/demo/inbox?search=number&before=21").text
    assert "number-019" in second
    assert "number-020" not in second
    assert client.get("/demo/inbox?before=nonsense").status_code == 200


def test_it_refreshes_by_itself_only_when_asked(client: FlaskClient, arrive: Callable[..., None]) -> None:
    arrive(plain())
    assert "hx-trigger" not in client.get("/demo/inbox").text
    assert 'hx-trigger="every 2s"' in client.get("/demo/inbox?live=1").text


def test_a_letter_in_four_ways(client: FlaskClient, arrive: Callable[..., None]) -> None:
    arrive(plain("Hello", X_Tag="a<b"))
    assert "Dear reader" in client.get("/demo/inbox/1").text, "without HTML the text is shown first"
    assert "No HTML in this letter" in client.get("/demo/inbox/1?show=html").text
    assert "a&lt;b" in client.get("/demo/inbox/1?show=headers").text
    assert "X-Tag: a&lt;b" in client.get("/demo/inbox/1?show=source").text
    assert client.get("/demo/inbox/1?show=nonsense").status_code == 200
    raw = client.get("/demo/inbox/1/letter.eml")
    assert raw.data == plain("Hello", X_Tag="a<b")
    assert raw.headers["Content-Disposition"].startswith("attachment")


def test_a_letter_that_is_gone(client: FlaskClient, arrive: Callable[..., None]) -> None:
    for address in ("/demo/inbox/1", "/demo/inbox/1/frame", "/demo/inbox/1/letter.eml"):
        assert client.get(address).status_code == 404


def test_hostile_html_stays_in_its_frame(client: FlaskClient, arrive: Callable[..., None]) -> None:
    arrive(HOSTILE)
    frame = client.get("/demo/inbox/1/frame")
    policy = dict(
        part.strip().partition(" ")[::2] for part in frame.headers["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'self'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox",
    }
    assert len(frame.headers.getlist("Content-Security-Policy")) == 1
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "<script>alert(4)</script>" in frame.text, "shown as it came: the policy is what disarms it"
    for address in (
        "/demo/inbox",
        "/demo/inbox/1",
        "/demo/inbox/1?show=headers",
        "/demo/inbox/1?show=source",
    ):
        page = client.get(address)
        assert "alert(" in page.text or address == "/demo/inbox/1"
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert 'href="javascript:' not in page.text
        assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]
    page = client.get("/demo/inbox/1").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert 'href="https://post.example/o/1"' in page
    assert "<code>javascript:alert(5)</code>" in page


@pytest.mark.parametrize(("host", "is_offered"), [("localhost", True), ("elsewhere.example", False)])
def test_one_click_is_offered_for_our_own_address_only(
    client: FlaskClient, arrive: Callable[..., None], host: str, is_offered: bool
) -> None:
    arrive(
        plain(
            List_Unsubscribe=f"<http://{host}/o/token>",
            List_Unsubscribe_Post="List-Unsubscribe=One-Click",
        )
    )
    page = client.get("/demo/inbox/1").text
    assert (f'action="http://{host}/o/token"' in page) is is_offered
    assert f"http://{host}/o/token" in page


def test_the_latest_letter_as_json(client: FlaskClient, arrive: Callable[..., None]) -> None:
    assert client.get("/demo/inbox/latest?to=ada@example.org").json == {"accepted_count": 0, "letter": None}
    arrive(plain("One"), plain("Two"))
    arrive(HOSTILE, to="bob@example.org")
    answer = client.get("/demo/inbox/latest?to=Ada@example.org")
    letter = answer.json["letter"]
    assert (letter["id"], letter["subject"], letter["url"]) == (2, "Two", "/demo/inbox/2")
    assert letter["text"] == "Dear reader\n"
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get("/demo/inbox/latest?to=ada@example.org&after=2").json["letter"] is None
    links = client.get("/demo/inbox/latest").json["letter"]["links"]
    assert links[1] == {"label": "Opt out", "address": "https://post.example/o/1"}
