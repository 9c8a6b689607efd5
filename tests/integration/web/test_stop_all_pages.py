"""The switch that stops all letters, as people meet it: in the header, on every page, at home, for monitors."""

import json

from flask import Flask
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.web.visiting import Visitor
from webapp.mail.actions.stop_all import stop_all
from webapp.mail.queries.stop_all import find_stop
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role

SWITCH, BANNER = 'class="btn stop-all"', 'class="stop-banner"'


def test_it_is_thrown_with_a_reason_seen_by_all_and_lifted(app: Flask, database: Session) -> None:
    event = factories.make_event()
    support = Visitor(app).sign_in(factories.make_staff(Role.SUPPORT, programme=event.programme).email)
    organizer = Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=event).email)
    assert SWITCH in support.get("/").text
    page = organizer.get("/").text
    assert SWITCH not in page
    assert BANNER not in page
    refused = support.submit("/stop-all/", {"reason": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert support.submit("/stop-all/", {"reason": "A <wrong> link"}).status_code == 303
    for visitor, may in ((support, True), (organizer, False)):
        page = visitor.get("/letters/").text
        assert BANNER in page
        assert "A &lt;wrong&gt; link" in page
        assert "Ola Staff" in page
        assert ("Let them go again" in page) is may
        assert 'id="concern-stopped_all"' in visitor.get("/").text
        assert BANNER in visitor.get("/nowhere").text  # pages of errors, too
    assert organizer.submit("/stop-all/lift", {}, seen_at="/profile/").status_code == 403
    health = Visitor(app).get("/healthz").json
    assert health is not None
    assert health["stopped_all_since"]
    second = support.submit("/stop-all/", {"reason": "Me too"}, seen_at="/profile/")
    assert second.status_code == 303
    assert "was first" in support.get("/stop-all/").text
    stop = find_stop()
    assert stop is not None
    assert support.submit("/stop-all/lift", {"stop_id": stop.stop_id}).status_code == 303
    page = support.get("/stop-all/").text
    assert "Letters go out again" in page
    assert BANNER not in page
    assert "A &lt;wrong&gt; link" in page  # among the earlier ones


def test_the_command_line_throws_and_lifts_it(app: Flask, database: Session) -> None:
    def run(*arguments: str) -> tuple[int, dict[str, object]]:
        result = app.test_cli_runner().invoke(args=["stop-all", *arguments, "--json"])
        answer: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
        return result.exit_code, answer

    assert run("show") == (0, {"stopped": False})
    code, answer = run("on", "--reason", "Drill")
    assert (code, answer["stopped"], answer["reason"], answer["by"]) == (0, True, "Drill", None)
    code, answer = run("on", "--reason", "Another")
    assert code == 2
    assert "was first" in str(answer["error"])
    assert run("off") == (0, {"stopped": False})
    assert run("off")[0] == 2
    stop_all(scope=SYSTEM, reason="From a page")
    assert run("show")[1]["reason"] == "From a page"
