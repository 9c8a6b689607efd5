"""``flask host``: what there is, and the same actions as on the pages."""

import json

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories_host import apply_to_host, make_hosting_programme
from tests.factories_mailboxes import apply_again, make_earlier_edition, make_programme_with_mailboxes


def ask(app: Flask, *arguments: str) -> tuple[int, object]:
    found = app.test_cli_runner().invoke(args=["host", *arguments, "--json"])
    lines = [line for line in found.stdout.splitlines() if line.startswith(("{", "["))]
    return found.exit_code, json.loads(lines[-1])


@pytest.fixture
def reference(database: Session) -> str:
    return apply_to_host(make_hosting_programme()).reference


def test_an_application_is_listed_shown_and_accepted(app: Flask, reference: str) -> None:
    assert [one["reference"] for one in ask(app, "list", "--state", "new")[1]] == [reference]
    status, shown = ask(app, "show", reference.lower())
    assert status == 0
    assert shown["proposed_slug"] == "krakow"
    assert shown["actions"] == ["accept", "move_to_review", "put_on_hold", "reject", "withdraw"]
    status, done = ask(app, "triage", "1", "accept", "--slug", "krakow", "--previous", "0")
    assert (status, done["state"], done["event_id"]) == (0, "accepted", 1)
    assert ask(app, "show", "1")[1]["history"][0]["verb"] == "host.accepted"


def test_what_cannot_be_done_is_a_sentence_with_its_field(app: Flask, reference: str) -> None:
    assert ask(app, "triage", reference, "put_on_hold")[1]["field"] == "comment"
    assert ask(app, "triage", reference, "accept")[1]["field"] == "slug"
    assert ask(app, "triage", reference, "dance")[1]["field"] == "action"
    assert ask(app, "triage", "H-1999-0001", "accept")[0] == 2
    assert ask(app, "triage", reference, "reopen", "--comment", "x")[1]["error"].endswith("reopened.")


def test_what_is_done_about_an_earlier_mailbox_has_to_be_said(app: Flask, database: Session) -> None:
    programme = make_programme_with_mailboxes()
    first, _ = make_earlier_edition(programme)
    host = str(apply_again(programme, first, is_shared=True))
    assert [way["kind"] for way in ask(app, "show", host)[1]["mailbox_ways"]] == [
        "keep",
        "migrate",
        "create",
        "none",
    ]
    accept = ("triage", host, "accept", "--slug", "krakow-2028", "--previous", str(first.id))
    status, refused = ask(app, *accept)
    assert (status != 0, refused["field"]) == (True, "mailbox")
    assert ask(app, *accept, "--mailbox", "dance")[1]["field"] == "mailbox"
    status, done = ask(app, *accept, "--mailbox", "keep")
    assert (status, done["state"]) == (0, "accepted")
