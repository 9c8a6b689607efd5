"""``flask host``: what there is, and the same actions as on the pages."""

import json

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from tests.factories_host import apply_to_host, make_hosting_programme


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
