"""``flask people import``: for people who script."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import make_event
from tests.integration.people.registers import register_of
from webapp.core.database import db
from webapp.people.models.people_import import PeopleImport

REGISTER = register_of(
    [["ada@example.org", "Ada", "", ""], ["nobody", "", "", ""], ["ADA@example.org", "", "", ""]]
)


def run(app: Flask, *arguments: str) -> tuple[int, str, str]:
    """Run the command and return its exit status and what it said."""
    result = app.test_cli_runner().invoke(args=["people", "import", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_file_is_imported_and_counted(app: Flask, database: Session, tmp_path: Path) -> None:
    event = make_event(slug="krakow")
    file = tmp_path / "register.csv"
    file.write_bytes(REGISTER)
    status, said, _ = run(app, str(file), "--event", event.slug, "--json")
    assert status == 0
    answer = json.loads(said.splitlines()[-1])
    assert answer.pop("faults")[0]["row"] == 3
    assert answer == {
        "import": 1,
        "rows": 3,
        "new": 1,
        "known": 0,
        "changed": 0,
        "duplicates": 1,
        "refused": 1,
        "state": "completed",
    }
    status, said, _ = run(app, str(file), "--event", event.slug, "--kind", "registered")
    assert status == 0
    assert "Nothing has changed." in said
    assert "row 3: " in said


@pytest.mark.parametrize(
    ("name", "content", "event", "words"),
    [
        ("missing.csv", None, "krakow", "cannot be read: No such file"),
        ("empty.csv", b"", "krakow", "empty"),
        ("a.pdf", b"%PDF-1.7", "krakow", "PDF"),
        ("open.csv", b'email\n"a@b.org', "krakow", "never closed"),
        ("good.csv", REGISTER, "nowhere", "no event “nowhere”"),
        ("names.csv", b"name\nAda\n", "krakow", "No column holds"),
    ],
)
def test_what_cannot_be_done_is_said_with_status_2(
    app: Flask, database: Session, tmp_path: Path, name: str, content: bytes | None, event: str, words: str
) -> None:
    make_event(slug="krakow")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    status, said, error = run(app, str(tmp_path / name), "--event", event)
    assert (status, said) == (2, "")
    assert words in error
    assert db.session.scalar(select(func.count()).select_from(PeopleImport)) == 0
