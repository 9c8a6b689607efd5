"""The command line as somebody who scripts uses it: beside running processes, and with everything put wrong."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.people.registers import register_of
from tests.processes import Machinery
from tests.waiting import wait_until
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.models.letter import Letter
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import get_summary
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import User

HTML = '<p>Hello {{ person.name | default("friend") }}, this is {{ event.name }}.</p>'
PEOPLE = [[f"r{i}@example.org", f"Person {i}", "", ""] for i in range(300)]
FAULTY = [["nobody-at-all", "No Address", "", ""], ["R1@Example.org", "Twice", "", ""]]


@pytest.fixture
def letter(tmp_path: Path) -> str:
    """A letter's file."""
    file = tmp_path / "letter.html"
    file.write_text(HTML, encoding="utf-8")
    return str(file)


@pytest.fixture
def register(tmp_path: Path) -> str:
    """A register of 300 people, one of them twice, and one without an address that could be."""
    file = tmp_path / "register.csv"
    file.write_bytes(register_of(PEOPLE + FAULTY))
    return str(file)


@pytest.fixture
def krakow(database: Session) -> None:
    """An event with three people and a sender."""
    event = factories.make_event(slug="krakow", name="Code Circle Kraków")
    factories.make_people(event, 3)
    factories.make_sender(address="desk@example.org")


def ask(machinery: Machinery, *arguments: str, stdin: str = "") -> Any:
    """Run a command with ``--json`` in a process of its own and return its last line's value."""
    ended = machinery.flask(*arguments, "--json", stdin=stdin)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])


def run(app: Flask, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
    """Run a command in this process and return its exit status and what it said."""
    result = app.test_cli_runner().invoke(args=arguments, input=stdin)
    return result.exit_code, result.stdout, result.stderr


def refuse(app: Flask, *arguments: str, stdin: str | None = None) -> str:
    """Run a command that must be refused, with and without ``--json``, and return its sentence."""
    status, said, error = run(app, *arguments, stdin=stdin)
    assert (status, said) == (2, ""), said + error
    assert "Traceback" not in error
    sentence = error.strip().splitlines()[-1].removeprefix("Error: ")
    status, said, _ = run(app, *arguments[:2], "--json", *arguments[2:], stdin=stdin)
    assert status == 2
    assert json.loads(said.splitlines()[-1])["error"].endswith(sentence)
    return sentence


def stored() -> tuple[int, int]:
    """Return how many letters and shoots there are."""
    db.session.rollback()
    letters = db.session.scalar(select(func.count()).select_from(Letter)) or 0
    return letters, db.session.scalar(select(func.count()).select_from(Shoot)) or 0


def test_import_send_and_watch_beside_running_processes(
    krakow: None, machinery: Machinery, letter: str, register: str
) -> None:
    machinery.start_sink()
    machinery.start_worker("bulk")
    machinery.start_ticker()
    assert [event["slug"] for event in ask(machinery, "event", "list")] == ["krakow"]
    imported = ask(machinery, "people", "import", register, "--event", "krakow")
    assert (imported["new"], imported["duplicates"], imported["refused"]) == (300, 1, 1)
    order = ("--subject", "Hello from {{ event.name }}", "--html", letter, "--event", "krakow")
    shoot = ask(machinery, "shoot", "send", *order, "--segment", "last-import")
    assert (shoot["audience"], shoot["will_get"], shoot["skipped"]) == (300, 300, {})
    wait_until(lambda: get_summary(SYSTEM, shoot["id"]).state == "completed", seconds=60, what="the shoot")
    shown = ask(machinery, "shoot", "show", str(shoot["id"]))
    assert (shown["audience"], shown["sent"], shown["remaining"]) == (300, 300, 0)
    assert (shown["skipped"], shown["failed"], shown["cancelled"], shown["uncertain"]) == ({}, 0, 0, 0)
    assert shown["created_at"] <= shown["started_at"] <= shown["completed_at"]
    wait_until(lambda: machinery.inbox.count_accepted() == 300, what="the letters in the sink")
    arrived = machinery.inbox.page(limit=1)[0]
    assert arrived.subject == "Hello from Code Circle Kraków"


def test_a_shoot_is_paused_resumed_and_cancelled(app: Flask, krakow: None, letter: str) -> None:
    later = (now() + timedelta(days=2)).isoformat(timespec="minutes")
    order = ("shoot", "send", "--subject", "Later", "--html", letter, "--event", "krakow", "--json")
    status, said, _ = run(app, *order, "--segment", "registered", "--at", later)
    shoot = json.loads(said)
    assert (status, shoot["state"], shoot["will_get"]) == (0, "scheduled", 3)
    status, said, _ = run(app, "shoot", "show", str(shoot["id"]))
    assert status == 0
    assert "scheduled" in said
    status, said, _ = run(app, *order, "--segment", "registered:event=krakow")
    shoot = json.loads(said)
    assert (status, shoot["state"]) == (0, "preparing")
    for deed, state in (("pause", "paused"), ("resume", "preparing"), ("cancel", "cancelled")):
        status, said, error = run(app, "shoot", deed, str(shoot["id"]), "--json")
        assert (status, json.loads(said or "{}")) == (0, {"id": shoot["id"], "state": state}), error
    assert "cancelled" in refuse(app, "shoot", "resume", str(shoot["id"]))


def test_a_time_without_a_zone_is_meant_in_that_of_the_event(app: Flask, krakow: None, letter: str) -> None:
    year = now().year + 2
    status, said, error = run(
        app,
        *("shoot", "send", "--subject", "Later", "--html", letter, "--event", "krakow", "--json"),
        *("--segment", "registered", "--at", f"{year}-01-15T18:00"),
    )
    assert status == 0, error
    _, said, _ = run(app, "shoot", "show", str(json.loads(said)["id"]), "--json")
    assert json.loads(said)["scheduled_at"].startswith(f"{year}-01-15T17:00")


def test_a_dry_run_counts_and_leaves_nothing(app: Flask, krakow: None, letter: str) -> None:
    order = ("shoot", "send", "--subject", "Dry", "--html", letter, "--event", "krakow", "--dry-run")
    status, said, _ = run(app, *order, "--segment", "registered", "--json")
    assert status == 0
    assert json.loads(said) == {"dry_run": True, "audience": 3, "will_get": 3, "skipped": {}}
    assert stored() == (0, 0)
    assert "passed" in refuse(app, *order, "--segment", "registered", "--at", "2001-01-01T00:00")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("--segment", "everybody"), "There is no segment called “everybody”. There are: "),
        (("--segment", "registered:event"), "“event” is not of the form key=value."),
        (
            ("--segment", "registered:town=x"),
            "The segment “registered” has no setting “town”. It has: event.",
        ),
        (("--segment", "registered:event=atlantis"), "no event “atlantis”"),
        (("--segment", "last-import"), "Nothing has been imported yet."),
        (("--segment", "import:import=99999999999999999999"), "too large"),
        (("--segment", "staff"), "Nobody would get this letter."),
        (("--sender", "boss@example.net"), "Allowed: desk@example.org."),
        (("--sender", "desk@example.org\r\nBcc: x@example.net"), "may not send there"),
        (("--at", "tomorrow"), "“tomorrow” is no time."),
        (("--at", "2001-01-01T12:00"), "That time has passed."),
        (("--at", "0001-01-01T00:00"), "time"),
        (("--at", "9999-12-31T23:59:59"), "more than three years away"),
        (("--event", "atlantis"), "no event “atlantis”"),
        (("--layout", "baroque"), "baroque"),
        (("--subject", ""), "subject"),
        (("--subject", "Hello {{ person.shoe_size }}"), "shoe_size"),
        (("--subject", "a\x00b"), "no character"),
        (("--html", "missing.html"), "missing.html cannot be read: No such file or directory."),
        (("--html", "."), ". cannot be read: Is a directory."),
        (("--html", "large.html"), "large.html is larger than 1 MB."),
        (("--html", "latin.html"), "latin.html is not written in UTF-8."),
        (("--html", "faulty.html"), "shoe_size"),
        (("--html", "zero.html"), "no character"),
        (("--html", "empty.html"), ""),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_is_queued(
    app: Flask,
    krakow: None,
    letter: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: tuple[str, str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "large.html").write_text("<p>" + "x" * 1_000_001)
    (tmp_path / "latin.html").write_bytes("<p>Łódź".encode("iso-8859-2"))
    (tmp_path / "faulty.html").write_text("<p>{{ person.shoe_size }}</p>")
    (tmp_path / "zero.html").write_text("<p>a\x00b</p>")
    (tmp_path / "empty.html").write_text("")
    order = {"--subject": "Hi", "--html": letter, "--event": "krakow", "--segment": "registered"}
    order[wrong[0]] = wrong[1]
    arguments = [part for pair in order.items() for part in pair]
    assert words in refuse(app, "shoot", "send", *arguments)
    assert stored() == (0, 0)


@pytest.mark.parametrize("number", ["1", "0", "-1", "99999999999999999999"])
@pytest.mark.parametrize("deed", ["show", "pause", "resume", "cancel"])
def test_a_shoot_that_is_not_there_is_said(app: Flask, database: Session, deed: str, number: str) -> None:
    said = refuse(app, "shoot", deed, "--", number)
    assert said == "There is no such shoot." or "too large" in said


def test_without_a_sender_somebody_is_told_what_to_do(app: Flask, database: Session, letter: str) -> None:
    factories.make_event(slug="krakow")
    order = ("--subject", "Hi", "--html", letter, "--event", "krakow", "--segment", "registered")
    assert "There is no sender yet." in refuse(app, "shoot", "send", *order)


def test_staff_are_created_with_a_password_from_standard_input(
    app: Flask, krakow: None, machinery: Machinery
) -> None:
    create = ("staff", "create", "Ada@Example.org", "--name", "Ada", "--password-stdin")
    created = ask(machinery, *create, stdin="a long enough password\n")
    assert created["role"] == "administrator"
    user = db.session.get_one(User, created["id"])
    assert (user.email, user.active) == ("ada@example.org", True)
    visitor = app.test_client()
    assert visitor.get("/", headers={"Accept": "text/html"}).status_code == 302


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (("ada@example.org",), "short\n", "at least 10 characters"),
        (("ada@example.org",), "", "at least 10 characters"),
        (("not an address",), "a long enough password\n", "address"),
        (("ada@example.org", "--role", "support"), "a long enough password\n", "programme"),
        (("ada@example.org", "--role", "organizer"), "a long enough password\n", "event"),
        (
            ("ada@example.org", "--role", "organizer", "--event", "x"),
            "a long enough password\n",
            "no event “x”",
        ),
        (
            ("ada@example.org", "--role", "support", "--programme", "x"),
            "a long enough password\n",
            "no programme “x”",
        ),
    ],
)
def test_staff_who_cannot_be_created_are_refused(
    app: Flask, krakow: None, arguments: tuple[str, ...], password: str, words: str
) -> None:
    said = refuse(app, "staff", "create", *arguments, "--password-stdin", stdin=password)
    assert words in said
    assert db.session.scalar(select(func.count()).select_from(User)) == 0
