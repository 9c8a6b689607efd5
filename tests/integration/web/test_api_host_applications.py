"""The API of triage: who gets in by which token, what it shows, what it does, and how it says no."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from tests import factories
from tests.factories_host import apply_to_host, host_of, make_hosting_programme
from tests.integration.web.house import audit
from tests.integration.web.route_world import fingerprint
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog
from webapp.people.models.user import Role, User
from webapp.people.queries.api_tokens import write_token
from webapp.programme.models.programme import Programme
from webapp.web.api.access import PER_CALLER
from webapp.web.extensions import limiter

API = "/api/host-applications"


class Program:
    """A program that uses the API, with a token or without."""

    def __init__(self, app: Flask, token: str = "") -> None:
        self._visitor = Visitor(app, keeps_cookies=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, address: str) -> TestResponse:
        """Ask for something."""
        return self._visitor.get(address, headers=self._headers)

    def act(self, host_id: int, action: str, **said: Any) -> TestResponse:
        """Do something to an application."""
        return self._visitor.open(
            f"{API}/{host_id}/actions/{action}", "POST", headers=self._headers, json=said
        )


def token_of(user: User, *, days: int = 1) -> str:
    return write_token(user, now() + timedelta(days=days))


@pytest.fixture
def programme(database: Session) -> Programme:
    return make_hosting_programme(name="Ours")


@pytest.fixture
def support(programme: Programme) -> User:
    return factories.make_staff(Role.SUPPORT, programme=programme)


def is_problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """See that an answer is a whole problem (RFC 9457), and return it."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    body: dict[str, Any] = json.loads(answer.text)
    assert body.keys() >= {"type", "title", "status", "detail"}
    assert body["status"] == status
    return body


def test_only_a_living_token_of_support_opens_anything(
    app: Flask, programme: Programme, support: User
) -> None:
    apply_to_host(programme)
    mine, theirs = host_of(programme.id), make_hosting_programme(name="Theirs")
    apply_to_host(theirs)
    event = factories.make_event(programme)
    chief = factories.make_staff()
    good = token_of(support)
    off, changed = factories.make_staff(), factories.make_staff()
    bad = {
        "none": "",
        "nonsense": "postroom_abc",
        "without its beginning": good.removeprefix("postroom_"),
        "one letter else": good[:-1] + ("A" if good[-1] != "A" else "B"),
        "ended": token_of(support, days=-1),
        "switched off": token_of(off),
        "signed out everywhere": token_of(changed),
        "an invitation": "postroom_" + app.extensions["tokens"].make("invite", b"\0" * 32),
    }
    for user in (off, changed):
        db.session.get_one(User, user.id).fs_uniquifier += "x"
    db.session.get_one(User, off.id).active = False
    db.session.commit()
    before = fingerprint()
    for words, token in bad.items():
        program = Program(app, token)
        for answer in (program.get(API), program.get(f"{API}/{mine}"), program.act(mine, "reject")):
            is_problem(answer, 401)
            assert "Bearer" in answer.headers["WWW-Authenticate"], words
    for role in (Role.ORGANIZER, Role.REVIEWER):
        program = Program(app, token_of(factories.make_staff(role, event=event)))
        for answer in (program.get(API), program.get(f"{API}/{mine}"), program.act(mine, "reject")):
            is_problem(answer, 403)
    foreign = host_of(theirs.id)
    for answer in (Program(app, good).get(f"{API}/{foreign}"), Program(app, good).act(foreign, "reject")):
        assert is_problem(answer, 404) == is_problem(Program(app, good).get(f"{API}/99999"), 404)
    after = fingerprint()
    assert {name for name in after if after[name] != before[name]} <= {"people", "users", "grants"}  # ours
    for user, count in ((support, 1), (chief, 2)):
        program = Program(app, token_of(user))
        assert len(program.get(API).json["items"]) == count
        assert program.get(f"{API}/{mine}").status_code == 200


def test_cookies_open_nothing_and_none_is_given(app: Flask, programme: Programme, support: User) -> None:
    apply_to_host(programme)
    mine = host_of(programme.id)
    browser = Visitor(app).sign_in(support.email)
    is_problem(browser.get(API), 401)
    is_problem(browser.post(f"{API}/{mine}/actions/reject", data={"comment": "x"}), 401)
    answer = Program(app, token_of(support)).get(API)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"
    # The token opens the API and no page.
    page = Visitor(app, keeps_cookies=False).get(
        "/host-applications", headers={"Authorization": f"Bearer {token_of(support)}"}
    )
    assert (page.status_code, "/sign-in" in page.location) == (302, True)


def test_lists_are_narrowed_and_paged(app: Flask, programme: Programme, support: User) -> None:
    sent = [apply_to_host(programme, city=f"City {n}").application_id for n in range(5)]
    program = Program(app, token_of(support))
    program.act(sent[0], "put_on_hold", comment="Waits for a venue.")
    seen: list[int] = []
    address: str | None = f"{API}?limit=2&state=new&programme={programme.slug}"
    while address:
        answer = program.get(address)
        seen += [one["id"] for one in answer.json["items"]]
        address = answer.json["next"]
        assert (address or "") in answer.headers.get("Link", "")
    assert seen == sorted(sent[1:], reverse=True)
    assert [one["id"] for one in program.get(f"{API}?words=city 3").json["items"]] == [sent[3]]
    assert len(program.get(f"{API}?state=new&state=on_hold").json["items"]) == 5
    for wrong, field in (
        ("state=gone", "state"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("before=0", "before"),
    ):
        assert is_problem(program.get(f"{API}?{wrong}"), 422)["field"] == field
    assert is_problem(program.get(f"{API}?programme=nobodys"), 404)["field"] == "programme"


def test_an_action_is_the_same_deed_as_on_the_page(app: Flask, programme: Programme, support: User) -> None:
    first, second = (apply_to_host(programme, city=city).application_id for city in ("Łódź", "Kraków"))
    program = Program(app, token_of(support))
    shown = program.get(f"{API}/{first}").json
    assert (shown["proposed_slug"], shown["state"], len(shown["organizers"])) == ("lodz", "new", 2)
    assert "accept" in shown["actions"]
    assert is_problem(program.act(first, "put_on_hold"), 422)["field"] == "comment"
    assert is_problem(program.act(first, "accept"), 422)["field"] == "slug"
    assert program.get(f"{API}/{first}").json["state"] == "new"
    done = program.act(first, "accept", slug="lodz", previous_event_id=None, comment="Good team.")
    assert done.status_code == 200, done.text
    assert (done.json["state"], done.json["event_id"] is not None) == ("accepted", True)
    assert done.json["undo_until"] is not None
    assert done.json["history"][0]["comment"] == "Good team."
    is_problem(program.act(first, "accept", slug="lodz-2", previous_event_id=None), 409)
    is_problem(program.act(first, "move_to_review"), 409)
    assert program.act(second, "reject", note="Another time.").json["state"] == "rejected"
    keys = [key for key in db.session.scalars(select(EmailLog.dedupe_key)) if key]
    assert sum(key.startswith("host.accepted:") for key in keys) == 2
    assert sum(key.startswith("host.rejected:") for key in keys) == 2
    assert {entry.actor_id for entry in audit("host_application") if entry.verb.endswith("ed")} >= {
        support.id
    }


def test_what_cannot_be_read_is_refused_and_changes_nothing(
    app: Flask, programme: Programme, support: User
) -> None:
    mine = apply_to_host(programme).application_id
    program = Program(app, token_of(support))
    before = fingerprint()
    for said, field in (
        ({"state": "accepted"}, "state"),
        ({"comment": 5}, "comment"),
        ({"is_acknowledged": 1}, "is_acknowledged"),
        ({"previous_event_id": True}, "previous_event_id"),
    ):
        assert is_problem(program.act(mine, "put_on_hold", **said), 422)["field"] == field
    is_problem(program.act(mine, "put_on_hold", comment="nul \0 inside"), 422)
    is_problem(program.act(mine, "accept", slug="x", previous_event_id=2**80), 422)
    assert "put_on_hold" in is_problem(program.act(mine, "dance"), 404)["detail"]
    raw = {"headers": {"Authorization": f"Bearer {token_of(support)}"}}
    visitor, address = Visitor(app, keeps_cookies=False), f"{API}/{mine}/actions/put_on_hold"
    is_problem(visitor.post(address, data={"comment": "a form"}, **raw), 415)
    for body in ("[1]", "{", '"x"'):
        is_problem(visitor.open(address, "POST", data=body, content_type="application/json", **raw), 422)
    is_problem(
        visitor.open(
            address, "POST", data=b"{" + b" " * 70_000 + b"}", content_type="application/json", **raw
        ),
        413,
    )
    gone = visitor.open(f"{API}/{mine}", "DELETE", **raw)
    is_problem(gone, 405)
    assert "GET" in gone.headers["Allow"]
    is_problem(visitor.get("/api/nothing"), 404)
    assert fingerprint() == before


def test_one_account_is_limited_and_the_next_is_not(app: Flask, programme: Programme, support: User) -> None:
    other = factories.make_staff()
    most = int(PER_CALLER.split()[0])
    limiter.enabled = True
    try:
        program = Program(app, token_of(support))
        statuses = [program.get(f"{API}?limit=0").status_code for _ in range(most)]
        assert set(statuses) == {422}
        refused = program.get(API)
        is_problem(refused, 429)
        assert refused.headers["Retry-After"] == "60"
        assert Program(app, token_of(other)).get(API).status_code == 200
    finally:
        limiter.enabled = False


def test_support_makes_a_token_with_their_password_and_takes_all_back(
    app: Flask, programme: Programme, support: User
) -> None:
    page = "/profile/api-tokens"
    desk = Visitor(app).sign_in(support.email)
    assert page in desk.get("/profile/").text
    for wrong in ({"days": "30", "password": "not mine"}, {"days": "0", "password": factories.PASSWORD}):
        assert desk.submit(page, wrong).status_code == 422
    made = desk.submit(page, {"days": "30", "password": factories.PASSWORD})
    assert made.headers["Cache-Control"] == "no-store"
    token = made.text.split('aria-label="The token">')[1].split("<")[0]
    assert token not in desk.get(page).text
    assert Program(app, token).get(API).status_code == 200
    assert [entry.verb for entry in audit("user")] == ["staff.api_token_made"]
    assert desk.submit(f"{page}/revoke", {"confirmed": "1"}, seen_at=page).status_code == 303
    is_problem(Program(app, token).get(API), 401)
    assert desk.get(page).status_code == 302  # signed out, too
    organizer = factories.make_staff(Role.ORGANIZER, event=factories.make_event(programme))
    assert Visitor(app).sign_in(organizer.email).get(page).status_code == 403


def test_the_command_line_makes_tokens_and_takes_them_back(
    app: Flask, programme: Programme, support: User
) -> None:
    def ask(*arguments: str) -> tuple[int, dict[str, Any]]:
        found = app.test_cli_runner().invoke(args=["staff", *arguments, "--json"])
        return found.exit_code, json.loads(found.stdout.splitlines()[-1])

    status, made = ask("api-token", support.email, "--days", "7")
    assert (status, Program(app, made["token"]).get(API).status_code) == (0, 200)
    assert ask("api-token", support.email, "--days", "9999")[1]["field"] == "days"
    assert ask("api-token", "nobody@example.org")[0] == 2
    assert ask("revoke-tokens", support.email)[0] == 0
    is_problem(Program(app, made["token"]).get(API), 401)
