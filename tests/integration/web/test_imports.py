"""The pages of imports: from a file to people, step by step, and only for those who may."""

import io

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import make_event, make_staff
from tests.integration.people.registers import counts, many, person, register_of, upload
from tests.integration.web.visiting import Visitor
from webapp.core.database import db
from webapp.people.actions.import_steps import get_import
from webapp.people.actions.imports import run_due_imports
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.people_import import PeopleImport
from webapp.people.models.person import Person
from webapp.people.models.user import Role

BAD = register_of([["ada@example.org", "<b>Ada</b>", "", ""], ["=nobody", "", "", ""]])


def administrator(app: Flask) -> Visitor:
    """Return an administrator at the screen."""
    return Visitor(app).sign_in(make_staff().email)


def test_from_a_file_to_people(app: Flask, database: Session) -> None:
    event = make_event(name="Workshop Kraków")
    visitor = administrator(app)
    assert "Nothing imported yet" in visitor.get("/imports").text
    answer = visitor.submit(
        "/imports/new",
        {
            "file": (io.BytesIO(BAD), "register.csv"),
            "text": "",
            "place": f"event-{event.id}",
            "kind": "registered",
        },
    )
    assert answer.status_code == 302, answer.text
    columns = visitor.get(answer.location)
    assert "Registered for Workshop Kraków" in columns.text
    assert "&lt;b&gt;Ada&lt;/b&gt;" in columns.text
    assert '<option value="details.company" selected>' in columns.text
    fields = {"column-0": "email", "column-1": "name", "column-2": "", "column-3": "", "has_heading": "1"}
    refused = visitor.submit(answer.location, {**fields, "column-1": "email"})
    assert refused.status_code == 422
    assert "Columns A and B are both" in refused.text
    checked = visitor.submit(answer.location, fields)
    page = visitor.get(checked.location)
    assert "Import 1 person" in page.text
    assert "=nobody" in page.text
    csv = visitor.get(f"{checked.location}/refused.csv")
    assert csv.mimetype == "text/csv"
    assert "'=nobody" in csv.get_data(as_text=True)
    queued = visitor.submit(f"{checked.location}/queue", {}, seen_at=checked.location)
    assert "hx-trigger" in visitor.get(queued.location).text
    live = visitor.get(f"{checked.location}/live")
    assert "HX-Refresh" not in live.headers
    run_due_imports(must_stop=lambda: False)
    assert visitor.get(f"{checked.location}/live").headers["HX-Refresh"] == "true"
    done = visitor.get(checked.location).text
    assert "1 new" in done
    assert f"place=event-{event.id}" in done
    assert person("ada@example.org").name == "<b>Ada</b>"
    assert "register.csv" in visitor.get("/imports").text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose a file, or paste"),
        ({"text": " a@b.org", "file": (b"email\na@b.org", "x.csv")}, "not both"),
        ({"file": (b"%PDF-1.4", "x.csv")}, "This is a PDF"),
        ({"file": (b"", "x.csv")}, "empty"),
        ({"text": "a@b.org", "place": ""}, "Choose where"),
        ({"text": "a@b.org", "place": "event-999999"}, "Not a valid choice"),
        ({"text": "a@b.org", "kind": "queen"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    app: Flask, database: Session, given: dict[str, object], words: str
) -> None:
    data = {"text": "", "place": "none", "kind": "registered", **given}
    if isinstance(data.get("file"), tuple):
        content, name = data["file"]  # type: ignore[misc]
        data["file"] = (io.BytesIO(content), name)
    answer = administrator(app).submit("/imports/new", data)
    assert answer.status_code == 422
    assert words in answer.text
    assert db.session.scalar(select(func.count()).select_from(PeopleImport)) == 0


def test_pasted_addresses_and_a_long_file(app: Flask, database: Session) -> None:
    event = make_event()
    visitor = administrator(app)
    data = {"text": "Ada <ada@example.org>; bob@example.org", "place": "none", "kind": "registered"}
    pasted = visitor.submit("/imports/new", data)
    checked = visitor.submit(pasted.location, {"column-0": "email", "column-1": "name"})
    assert "Import 2 people" in visitor.get(checked.location).text
    import_id = upload(event, many(6000))
    targets = {"column-0": "email", "column-1": "name", "column-2": "locale", "has_heading": "1"}
    address = visitor.submit(f"/imports/{import_id}/columns", targets).location
    assert "Checking" in visitor.get(address).text
    stopped = visitor.submit(f"{address}/cancel", {}, seen_at=address)
    assert "called off" in visitor.get(stopped.location).text
    assert counts(get_import(SYSTEM, import_id)) == (0, 0, 0, 0, 0)
    assert db.session.scalar(select(func.count()).select_from(Person).where(Person.email.like("p%@%"))) == 0


def test_organizers_of_another_event_find_nothing(app: Flask, database: Session) -> None:
    own, foreign = make_event(name="My own event"), make_event(name="Foreign event")
    import_id = upload(foreign, BAD)
    visitor = Visitor(app).sign_in(make_staff(Role.ORGANIZER, event=own).email)
    new = visitor.get("/imports/new").text
    assert "My own event" in new
    assert "Foreign event" not in new
    assert "A newsletter" not in new
    for path in ("", "/columns", "/live", "/refused.csv"):
        assert visitor.get(f"/imports/{import_id}{path}").status_code == 404, path
    for path in ("/columns", "/queue", "/cancel"):
        answer = visitor.submit(f"/imports/{import_id}{path}", {}, seen_at="/imports/new")
        assert answer.status_code == 404, path
    forged = {"text": "a@b.org", "place": f"event-{foreign.id}", "kind": "registered"}
    assert visitor.submit("/imports/new", forged).status_code == 422
    assert get_import(SYSTEM, import_id).state == "uploaded"
    assert "register.csv" not in visitor.get("/imports").text
