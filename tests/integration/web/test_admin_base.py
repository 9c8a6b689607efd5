"""A staff table: asks who you are, shows what you may see, asks before it removes, and says what it refuses where."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin, AdminIndexView
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import InputRequired

from tests.factories import PASSWORD, make_event, make_person, make_staff
from webapp.app import create_app
from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.people.domain.scope import Scope
from webapp.people.models.person import Person
from webapp.people.models.user import Role, User
from webapp.settings import read_settings
from webapp.web.extensions import limiter
from webapp.web.staff.access import current_scope
from webapp.web.staff.admin_base import ADMIN_THEME, PostroomModelView


class TrialForm(FlaskForm):
    """What may be set in the trial table."""

    name = StringField("Name", [InputRequired("Write a name.")])


class TrialView(PostroomModelView):
    """People, of whom those called Hidden are for administrators only."""

    one, many = "person", "people"
    column_list = ("name", "email")
    column_searchable_list = ("name",)
    column_filters = ("name", "id")
    form = TrialForm
    can_create = can_edit = can_delete = True

    def scoped(self, query: Any) -> Any:
        return query if current_scope().is_administrator else query.filter(Person.name != "Hidden")

    def may_write(self, what: str, scope: Scope) -> bool:
        return what != "delete" or scope.is_administrator

    def perform_create(self, form: Any) -> Person:
        if form.name.data == "Nobody":
            raise StaffError("Nobody is not a name. Write another one.", field="name")
        return make_person(name=form.name.data)

    def perform_update(self, form: Any, model: Person) -> None:
        raise StaffError("The table is being counted. Try again tomorrow.")

    def perform_delete(self, model: Person) -> None:
        if model.name == "Kept":
            raise StaffError("Kept has letters on their way.")
        with transaction() as session:
            session.delete(session.get(Person, model.id))


@pytest.fixture(scope="module")
def trial_app(app: Flask, services_environment: dict[str, str]) -> Iterator[Flask]:
    """An application with the trial table, on the database that ``app`` has migrated."""
    trial = create_app(read_settings({**services_environment, "SMTP_URL": "memory:"}, services_file=None))
    index = AdminIndexView(url="/trial", endpoint="trial")
    admin = Admin(trial, url="/trial", endpoint="trial", theme=ADMIN_THEME, index_view=index)
    admin.add_view(TrialView(Person, db, name="People", endpoint="trial_people", url="/trial/people"))
    limiter.enabled = False
    yield trial
    limiter.enabled = True


def token_of(page: str) -> str:
    """Return the CSRF token of a page."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


class Desk:
    """A signed-in browser without scripts."""

    def __init__(self, client: FlaskClient, user: User) -> None:
        self.client = client
        token = token_of(client.get("/sign-in").text)
        form = {"email": user.email, "password": PASSWORD, "csrf_token": token}
        assert client.post("/sign-in", data=form).status_code == 302

    def get(self, path: str) -> Any:
        return self.client.get(f"/trial/people/{path}")

    def post(self, path: str, **form: Any) -> Any:
        token = token_of(self.get("").text)
        return self.client.post(f"/trial/people/{path}", data={**form, "csrf_token": token})


@pytest.fixture
def administrator(trial_app: Flask, database: Session) -> Desk:
    return Desk(trial_app.test_client(), make_staff())


@pytest.fixture
def organizer(trial_app: Flask, database: Session) -> Desk:
    return Desk(trial_app.test_client(), make_staff(Role.ORGANIZER, event=make_event()))


def test_a_stranger_is_sent_to_sign_in(trial_app: Flask, database: Session) -> None:
    for path in ("", "new/", "edit/?id=1", "details/?id=1"):
        answer = trial_app.test_client().get(f"/trial/people/{path}")
        assert answer.status_code == 302
        assert "/sign-in" in answer.location


def test_what_is_not_theirs_is_not_there(organizer: Desk) -> None:
    hidden, shown = make_person(name="Hidden"), make_person(name="Shown")

    page = organizer.get("").text
    assert "Shown" in page
    assert "Hidden" not in page
    for path in ("details", "edit"):
        assert organizer.get(f"{path}/?id={shown.id}").status_code == 200
        assert organizer.get(f"{path}/?id={hidden.id}").status_code == 404
        assert organizer.get(f"{path}/?id=999999").status_code == 404


@pytest.mark.parametrize("key", ["", "abc", "1e3", "99999999999999999999", "1 OR 1=1", "%00"])
def test_a_damaged_id_is_a_plain_404(administrator: Desk, key: str) -> None:
    assert administrator.get(f"details/?id={key}").status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "page=-5",
        "page=99999999999",
        "search=%00x",
        "sort=77",
        "fltop1=id_equals&fltval1=" + "9" * 30,
        "flt0_9=x",
    ],
)
def test_a_damaged_address_is_still_a_list(administrator: Desk, query: str) -> None:
    assert administrator.get(f"?{query}").status_code == 200


def test_a_name_that_looks_like_html_is_only_a_name(administrator: Desk) -> None:
    person = make_person(name="<script>alert(1)</script>")

    for path in ("", f"details/?id={person.id}", f"edit/?id={person.id}"):
        page = administrator.get(path).text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page


def test_the_filter_form_finds_what_it_names(administrator: Desk) -> None:
    make_person(name="Ada"), make_person(name="Grace")

    page = administrator.get("?fltop0=name_equals&fltval0=Ada").text

    assert "Ada" in page
    assert "Grace" not in page


def test_a_refusal_stands_at_its_field_and_nothing_is_lost(administrator: Desk) -> None:
    answer = administrator.post("new/", name="Nobody")

    assert answer.status_code == 422
    assert "Nobody is not a name. Write another one." in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'value="Nobody"' in answer.text


def test_a_refusal_without_a_field_stands_above_the_form(administrator: Desk) -> None:
    answer = administrator.post(f"edit/?id={make_person().id}", name="Other")

    assert answer.status_code == 422
    assert "The table is being counted." in answer.text


def test_removing_asks_first(administrator: Desk, database: Session) -> None:
    key = make_person(name="Ada").id

    asked = administrator.post("delete/", id=key)
    assert asked.status_code == 200
    assert "is removed for good" in asked.text
    assert database.get(Person, key) is not None

    assert administrator.post("delete/", id=key, confirmed="1").status_code == 302
    database.expire_all()
    assert database.get(Person, key) is None


def test_removing_many_asks_with_the_number_and_keeps_what_is_refused(
    administrator: Desk, database: Session
) -> None:
    gone, kept = make_person(name="Gone").id, make_person(name="Kept").id
    form = {"action": "delete", "rowid": [gone, kept]}

    assert "Remove 2 people" in administrator.post("action/", **form).text
    administrator.post("action/", **form, confirmed="1")

    database.expire_all()
    assert [database.get(Person, p) is None for p in (gone, kept)] == [True, False]
    assert "Kept has letters on their way." in administrator.get("").text


def test_who_may_not_remove_sees_no_button_and_is_refused(organizer: Desk) -> None:
    person = make_person(name="Ada")

    assert "Remove" not in organizer.get("").text
    assert organizer.post("delete/", id=person.id, confirmed="1").status_code == 403
    assert organizer.post("action/", action="delete", rowid=[person.id], confirmed="1").status_code == 404


def test_a_post_without_the_token_does_nothing(administrator: Desk, database: Session) -> None:
    person = make_person(name="Ada")

    answer = administrator.client.post("/trial/people/delete/", data={"id": person.id, "confirmed": "1"})

    assert answer.status_code == 400
    assert database.get(Person, person.id) is not None
