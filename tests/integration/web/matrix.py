"""The matrix: two programmes and another event, and the calls of all routes about things of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from flask import Flask, url_for
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests import factories
from tests.conftest import empty_database
from tests.factories_review import make_reviewer
from tests.integration.web.route_lists import (
    ABOUT_A_ROW,
    BELONGS,
    BY_TOKEN,
    CLOSED,
    FORMS,
    HERE,
    PUBLIC,
    ROWS,
    SAMPLES,
    WHOLE,
)
from tests.integration.web.route_world import Side, fingerprint, make_side, make_sister
from tests.integration.web.visiting import Visitor
from webapp.core.database import db
from webapp.people.models.user import Role, User
from webapp.programme.models.programme import Event, Programme

BRIEFLY = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Call:
    """One request: an address with what is posted to it."""

    endpoint: str
    method: str
    address: str
    form: dict[str, Any]

    def by(self, visitor: Visitor, token: str = "") -> int:
        """Make the request and return its status; a refusal need not be a whole page."""
        is_ours = not self.endpoint.startswith("security.")
        return self.answer(visitor, token, **({"headers": BRIEFLY} if is_ours else {})).status_code

    def answer(self, visitor: Visitor, token: str = "", **given: Any) -> TestResponse:
        """Make the request."""
        form = {**self.form, **({"csrf_token": token} if token else {})} if self.method == "POST" else None
        return visitor.open(self.address, self.method, data=form, **given)


class World:
    """Two programmes and another event of the first, and the calls of all routes for each of them."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.ours, self.theirs = make_side(app, "Ours"), make_side(app, "Theirs")
        self.sister = make_sister(app, self.ours)

    def read_again(self) -> None:
        """Read what a session has kept that is gone."""
        self.ours, self.theirs, self.sister = (
            replace(
                side,
                programme=db.session.get_one(Programme, side.programme_id),
                event=db.session.get_one(Event, side.event_id),
            )
            for side in (self.ours, self.theirs, self.sister)
        )

    def rules(self) -> Iterator[Rule]:
        """Yield the routes that can be called with what SAMPLES has."""
        for rule in self.app.url_map.iter_rules():
            missing = rule.arguments - SAMPLES.keys()
            assert not missing, f"{rule.endpoint}: add {sorted(missing)} to SAMPLES in {HERE}"
            yield rule

    def calls(self, side: Side) -> Iterator[Call]:
        """Yield one call for each method of each route, about things of one side."""
        for rule in self.rules():
            for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}):
                yield self.call(rule, method, side)

    def call(
        self, rule: Rule, method: str, side: Side, strange: Mapping[str, Side] = MappingProxyType({})
    ) -> Call:
        """Return the call of a route about things of one side, but for those arguments that are another's."""
        values = {name: SAMPLES[name](strange.get(name, side)) for name in rule.arguments}
        blueprint, _, view = rule.endpoint.rpartition(".")
        form = FORMS.get(rule.endpoint, lambda side: {})(side)
        if blueprint in ROWS and view in ABOUT_A_ROW:
            values["id"] = form["id"] = ROWS[blueprint](side)
        with self.app.test_request_context():
            return Call(rule.endpoint, method, url_for(rule.endpoint, **values), form)

    def user(self, role: Role) -> User:
        """Make an account that has a role on our side."""
        if role == Role.REVIEWER:
            return make_reviewer(self.ours.event)
        return factories.make_staff(role, programme=self.ours.programme, event=self.ours.event)

    def strangers(self, role: Role) -> list[Side]:
        """Return the sides that somebody with a role on ours has nothing to do with."""
        return [self.theirs] if role == Role.SUPPORT else [self.theirs, self.sister]

    def foreign_calls(self, role: Role) -> Iterator[tuple[Call, Call]]:
        """Yield every call about something of another side, wholly or in one part, and the same about ours."""
        for rule in self.rules():
            blueprint, _, view = rule.endpoint.rpartition(".")
            about_row = blueprint in ROWS and (view in ABOUT_A_ROW or rule.endpoint in FORMS)
            named = [name for name in BELONGS if name in rule.arguments]
            if rule.endpoint in {*PUBLIC, *CLOSED, *BY_TOKEN}:
                continue
            if not (named or about_row or rule.endpoint in FORMS):
                continue
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                own = self.call(rule, method, self.ours)
                for side in self.strangers(role):
                    if side is self.sister and (about_row or not set(named) - WHOLE):
                        continue  # about what belongs to the programme, which the sister shares
                    yield self.call(rule, method, side), own
                    for name in named if len(named) > 1 else ():
                        yield self.call(rule, method, self.ours, {name: side}), own


class StandingWorld:
    """A world that stands from test to test, for as long as nobody has written anything in between.

    Most tests of the matrix show that nothing can be changed: what they leave behind are accounts and sign-ins.
    """

    def __init__(self) -> None:
        self._world: World | None = None
        self._left: dict[str, tuple[int, int]] = {}

    def enter(self, app: Flask) -> World:
        """Return the world that the last test has left, or one made anew in an empty database."""
        if self._world is None or self._left != fingerprint():
            empty_database()
            self._world = World(app)
        else:
            self._world.read_again()
        return self._world

    def leave(self) -> None:
        """Keep the world as it is now."""
        self._left = fingerprint()

    def forget(self) -> None:
        """Make the next one anew."""
        self._world = None


def token_of(visitor: Visitor, page: str) -> str:
    """Return a session's CSRF token."""
    return visitor.get(page).text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
