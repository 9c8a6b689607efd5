"""What a role may not do at all, on what is its own; and somebody else's ids slipped into what one may do."""

import json

import pytest
import structlog
from flask import url_for
from sqlalchemy import select

from tests.factories_host import host_of
from tests.factories_newsletter import message_of
from tests.factories_review import untold_of
from tests.integration.web.matrix import World, token_of
from tests.integration.web.route_lists import CLOSED, PUBLIC
from tests.integration.web.route_world import Side, fingerprint
from tests.integration.web.visiting import Visitor
from webapp.core.database import db
from webapp.people.models.user import Role
from webapp.programme.models.application import Application

pytestmark = pytest.mark.xdist_group("matrix")  # in one process, which makes its world once
log = structlog.get_logger()

# Whole rooms that a role has no business in, and single deeds in rooms that it may look into.
ROOMS = {
    Role.ORGANIZER: {
        "host_applications",
        "host_application",
        "host_decision",
        "mailboxes",
        "newsletters",
        "programme",
        "staffuser",
        "suppressions",
    },
    Role.SUPPORT: {"staffuser"},
}
DEEDS = {
    Role.ORGANIZER: {
        "rules.switch",
        "rules.skip",
        "sender.create_view",
        "sender.edit_view",
        "event.create_view",
    },
    Role.SUPPORT: {
        "programme.create_view",
        "rules.switch",
        "sender.create_view",
        "sender.edit_view",
        "suppressions.new",
        "suppressions.remove",
    },
}
# All that an account may open which only scores applications.
SCORING = {
    "application_list.mine",
    "application_list.index",
    "application_list.keep_view",
    "application_list.forget_view",
    "application_review.draw",
    "application_review.show",
    "application_review.score",
    "profile.show",
    "home.index",
}


def is_refused(role: Role, endpoint: str) -> bool:
    """Say whether a route is not for a role at all."""
    if role == Role.REVIEWER:
        return endpoint not in SCORING and not endpoint.startswith("security.")
    return endpoint.rpartition(".")[0] in ROOMS[role] or endpoint in DEEDS[role]


@pytest.mark.contract
def test_contract_18_what_is_not_for_a_role_is_refused_and_changes_nothing(world: World) -> None:
    for role in (Role.ORGANIZER, Role.REVIEWER, Role.SUPPORT):
        ask_for_what_is_not_for_them(world, role)


def ask_for_what_is_not_for_them(world: World, role: Role) -> None:
    """Ask as a role for everything that is not for it, of every owner: refused, and nothing changed."""
    visitor = Visitor(world.app).sign_in(world.user(role).email)
    token = token_of(visitor, "/profile/")
    calls = [
        call
        for side in (world.ours, world.sister, world.theirs)
        for call in world.calls(side)
        if is_refused(role, call.endpoint) and call.endpoint not in {*PUBLIC, *CLOSED}
    ]
    before = fingerprint()
    leaks = {}
    for call in calls:
        call.form["confirmed"] = "1"
        status = call.by(visitor, token)
        if status not in {401, 403, 404}:  # 401: asked for a token, cookies are nothing there
            leaks[f"{call.method} {call.endpoint}"] = status
    log.info("what is not for them", role=role, calls=len(calls), owners=3, leaks=len(leaks))
    assert not leaks, f"ask for the right to do it inside the action, {role}: {leaks}"
    assert fingerprint() == before, "something was changed"


def own_of(side: Side) -> int:
    """Return an application of a side that was told."""
    query = select(Application.id).where(Application.event_id == side.event_id)
    return db.session.scalars(query.where(Application.decision == "accepted")).all()[0]


def posts_with(
    a: Side, b: Side, own: int, message_id: int
) -> tuple[tuple[str, dict[str, int], dict[str, object], set[int]], ...]:
    """Return what an organizer of one side posts with things of another: route, arguments, form, right answers."""
    strange = untold_of(b.event_id)
    both = [str(own), str(strange)]
    here = {"event_id": a.event_id}
    return (
        (
            "application_list.decide",
            here,
            {"rowid": both, "decision": "rejected", "confirmed": "1"},
            {404},
        ),
        ("application_list.decide", here, {"ids": ",".join(both), "decision": "rejected"}, {404}),
        ("application_list.tag", here, {"rowid": both, "tag_word": "x"}, {404}),
        ("waves.look", here, {"do": f"try:{strange}"}, {404}),
        ("waves.look", here, {"do": f"keep:{strange}", "subject": "x", "main": "x"}, {404}),
        ("waves.look", here, {"do": f"edit:{strange}"}, {200}),
        # Somebody else's among those left out, or with edited words, is nobody: the number is what it was.
        (
            "waves.announce",
            here,
            {"excluded": str(strange), "edits": json.dumps({str(strange): {}}), "shown_count": "99"},
            {409},
        ),
        ("application_list.export", {"event_id": b.event_id}, {"format": "csv"}, {404}),
        ("application_list.export", {"event_id": b.event_id}, {"format": "xlsx"}, {404}),
        (
            "membership.action_view",
            {},
            {"action": "delete", "rowid": [str(b.membership_id)], "confirmed": "1"},
            {404},
        ),
        ("host_applications.do_many", {}, {"rowid": [str(host_of(b.programme_id))]}, {403}),
        ("host_decision.accept", {"host_id": host_of(a.programme_id)}, {"slug": "krakow"}, {403, 404}),
        (
            "messages.mark",
            {"message_id": message_id},
            {"state": "spam"},
            {404},
        ),
        ("letters.new", {}, {"place": f"event-{b.event_id}", "layout": "simple", "subject": "x"}, {422}),
    )


@pytest.mark.contract
def test_contract_18_an_organizer_of_a_posts_with_the_ids_of_b(world: World) -> None:
    a, visitor = world.ours, Visitor(world.app).sign_in(world.user(Role.ORGANIZER).email)
    token = token_of(visitor, "/profile/")
    own = untold_of(a.event_id)
    before, wrong = fingerprint(), {}
    for b in (world.theirs, world.sister):
        posts = posts_with(a, b, own, message_of(world.theirs.programme_id))
        for endpoint, values, form, allowed in posts:
            with world.app.test_request_context():
                address = url_for(endpoint, **values)
            answer = visitor.post(address, {**form, "csrf_token": token})
            if answer.status_code not in allowed:
                wrong[f"{endpoint} {form}"] = answer.status_code
            assert not [mark for mark in b.marks if mark in answer.text], f"{endpoint} {form}"
    assert not wrong
    assert fingerprint() == before, "something was changed"


@pytest.mark.contract
def test_contract_18_searching_and_choosing_find_nothing_of_b(world: World) -> None:
    a, visitor = world.ours, Visitor(world.app).sign_in(world.user(Role.ORGANIZER).email)
    for b in (world.theirs, world.sister):
        name = b.address.partition("@")[0]
        for address in (
            f"/log?search={name}",
            f"/log?shoot={b.shoot_id}",
            f"/log?event={b.event_id}",
            f"/shoots?event={b.event_id}",
            f"/letters/?search={name}&place=event-{b.event_id}",
            f"/letters/{a.letter_id}/audience/people?search={name}",
            f"/letters/{a.letter_id}/preview/?person={b.person_id}",
            f"/letters/{a.letter_id}/preview/frame?person={b.person_id}",
            f"/events/{a.event_id}/applications?search={name}",
            f"/events/{a.event_id}/waves/frame/{untold_of(b.event_id)}",
            f"/people/?search={name}",
            f"/rules?event={b.event_id}&programme={b.programme_id}",
            f"/messages?programme={b.programme_id}",
            f"/imports?search={name}",
        ):
            page = visitor.get(address, follow_redirects=True).text
            said = [mark for mark in b.marks if mark in page]
            assert not said, f"{address} names {said}"
