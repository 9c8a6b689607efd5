"""Every route there is, walked from the URL map: who may, what a GET never does, what is not theirs is not there."""

import pytest
import structlog
from flask import Flask

from tests import factories
from tests.integration.web.matrix import World, token_of
from tests.integration.web.route_lists import (
    BY_TOKEN,
    CLOSED,
    FORMS,
    HERE,
    NOT_FOR,
    PUBLIC,
    WITHOUT_CSRF,
)
from tests.integration.web.route_world import fingerprint
from tests.integration.web.visiting import Visitor
from webapp.people.models.user import Role

pytestmark = pytest.mark.xdist_group("matrix")  # in one process, which makes its world once
log = structlog.get_logger()


def test_lists_name_only_what_there_is(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    for name, listed in (
        ("PUBLIC", PUBLIC),
        ("BY_TOKEN", BY_TOKEN),
        ("WITHOUT_CSRF", WITHOUT_CSRF),
        ("CLOSED", CLOSED),
        ("FORMS", FORMS),
    ):
        stale = {endpoint for endpoint in listed if endpoint not in endpoints}
        stale -= {
            endpoint for endpoint in stale if endpoint.startswith("demo_inbox.")
        }  # only where there is a sink
        assert not stale, f"take these out of {name} in {HERE}: {sorted(stale)}"
    assert WITHOUT_CSRF.keys() <= PUBLIC.keys() | BY_TOKEN.keys(), (
        "a route that knows who you are needs the CSRF token"
    )


def test_every_other_route_asks_who_you_are(world: World) -> None:
    stranger = Visitor(world.app)
    token = token_of(stranger, "/sign-in")
    wrong = {}
    for call in world.calls(world.ours):
        if call.endpoint in PUBLIC:
            continue
        form = {**call.form, "csrf_token": token} if call.method == "POST" else None
        answer = stranger.open(call.address, call.method, data=form)
        is_sent_away = answer.status_code == 302 and "/sign-in" in answer.location
        if call.endpoint in BY_TOKEN:
            is_sent_away = answer.status_code == 401 and "Bearer" in answer.headers["WWW-Authenticate"]
        # A 404 would do for a stranger, too, but it would hide a page that forgot to ask and merely found nothing.
        if not (is_sent_away or (call.endpoint in CLOSED and answer.status_code in {403, 404})):
            wrong[f"{call.method} {call.endpoint}"] = answer.status_code
    assert not wrong, f"use StaffBlueprint or PostroomModelView, or list these in PUBLIC in {HERE}: {wrong}"


def test_every_post_wants_the_token(world: World) -> None:
    administrator = Visitor(world.app).sign_in(factories.make_staff().email)
    before = fingerprint()
    wrong = {}
    for call in world.calls(world.ours):
        if call.method != "GET" and call.endpoint not in WITHOUT_CSRF:
            status = call.by(administrator)
            if status != 400:
                wrong[f"{call.method} {call.endpoint}"] = status
    assert not wrong, (
        f"these take a form from any page of the web; or list them in WITHOUT_CSRF in {HERE}: {wrong}"
    )
    assert fingerprint() == before


def test_no_get_ever_writes(world: World) -> None:
    administrator = Visitor(world.app).sign_in(factories.make_staff().email)
    wrong, before = {}, fingerprint()
    for call in world.calls(world.ours):
        if call.method == "GET":
            call.by(administrator)
            after = fingerprint()
            if after != before:
                wrong[call.endpoint] = sorted(table for table in after if after[table] != before[table])
            before = after
    assert not wrong, f"these GETs write; make them POSTs: {wrong}"


@pytest.mark.contract
def test_contract_18_what_is_not_theirs_is_not_there(world: World) -> None:
    for role in (Role.ORGANIZER, Role.REVIEWER, Role.SUPPORT):
        ask_for_what_is_not_theirs(world, role)


def ask_for_what_is_not_theirs(world: World, role: Role) -> None:
    """Ask as a role for everything of others, wholly and in parts: nothing is there."""
    visitor = Visitor(world.app).sign_in(world.user(role).email)
    token = token_of(visitor, "/profile/")
    calls = list(world.foreign_calls(role))
    before = fingerprint()
    leaks = {}
    for call, own in calls:
        call.form["confirmed"] = "1"
        status = call.by(visitor, token)
        # What they may not do at all may be refused before anything is looked up: that tells nothing.
        if status == 404 or (status == 403 and own.by(visitor, token) == 403):
            continue
        leaks[f"{call.method} {call.endpoint} {call.address}"] = status
    endpoints = {(call.endpoint, call.method) for call, _ in calls}
    log.info(
        "strange things asked for", role=role, methods=len(endpoints), calls=len(calls), leaks=len(leaks)
    )
    assert len(endpoints) > 100, "the matrix has lost its routes"
    assert not leaks, (
        f"ask for the row within the scope, so that somebody else's is a 404 to the {role}: {leaks}"
    )
    assert fingerprint() == before, "something foreign was changed"


@pytest.mark.contract
def test_contract_18_what_is_theirs_is_there_and_names_nobody_else(world: World) -> None:
    for role in (Role.ORGANIZER, Role.REVIEWER, Role.SUPPORT):
        read_what_is_theirs(world, role)


def read_what_is_theirs(world: World, role: Role) -> None:
    """Read every page of their own as a role: it is there, and names nobody else."""
    visitor = Visitor(world.app).sign_in(world.user(role).email)
    wrong, leaks, count = {}, {}, 0
    for call in list(world.calls(world.ours)):
        if call.method == "GET" and call.endpoint not in {*PUBLIC, *CLOSED, *BY_TOKEN}:
            answer = call.answer(visitor)
            count += 1
            is_for_them = role != Role.REVIEWER and call.endpoint not in NOT_FOR[role]
            if answer.status_code >= 500 or (answer.status_code == 404 and is_for_them):
                wrong[call.endpoint] = answer.status_code
            names = [mark for side in world.strangers(role) for mark in side.marks if mark in answer.text]
            if names:
                leaks[call.endpoint] = names
    log.info("own pages read", role=role, pages=count, leaks=len(leaks))
    assert not wrong, f"if it is not for them, list it in NOT_FOR in {HERE}, {role}: {wrong}"
    assert not leaks, f"these pages name what belongs to others, {role}: {leaks}"


def test_administrators_reach_everything(world_to_spend: World) -> None:
    world = world_to_spend  # its forms are sent off
    administrator = Visitor(world.app).sign_in(factories.make_staff().email)
    token = token_of(administrator, "/profile/")
    wrong = {}
    calls = [call for call in world.calls(world.theirs) if call.endpoint not in {*PUBLIC, *CLOSED, *BY_TOKEN}]
    # Signing out comes last; GETs before POSTs, since a form may take away what a page shows.
    for call in sorted(calls, key=lambda c: (c.endpoint == "security.logout", c.method)):
        status = call.by(administrator, token)
        if status in {400, 403, 404, 405} or status >= 500:
            wrong[f"{call.method} {call.endpoint}"] = status
    assert not wrong, (
        f"an administrator did not get there; is something missing in FORMS or CLOSED in {HERE}? {wrong}"
    )
