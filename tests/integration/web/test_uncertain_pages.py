"""The page of uncertain letters, the question before each decision, and the same on the command line."""

import json

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.integration.mail.outcomes import fill_with_rows, give_outcomes
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import Watch, words
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.opt_out import Source, opt_out
from webapp.mail.queries.report import get_summary
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role

LOST = ("uncertain", None, "The connection was lost after the letter was handed over.")
DIED = ("uncertain", None, "The worker that was sending this letter died before it knew the answer.")


@pytest.fixture
def watch(app: Flask, database: Session) -> Watch:
    found = Watch(app)
    give_outcomes(found.shoot_id, {0: LOST, 1: DIED, 2: LOST, 3: ("sent", None, None)})
    give_outcomes(found.foreign_id, {0: LOST})
    opt_out(shoot_id=found.shoot_id, seq=0, source=Source.ONE_CLICK)
    return found


def post(visitor: Visitor, **form: object) -> tuple[int, str]:
    """Decide, and return the status and what the page, or the next one, says."""
    answer = visitor.submit("/uncertain/decide", form, seen_at="/profile/")
    return answer.status_code, words(visitor.get(answer.location).text if answer.location else answer.text)


def test_the_list_says_what_happened_and_what_is_known(watch: Watch) -> None:
    organizer = watch.visitor(Role.ORGANIZER, may_send=False)

    shown = words(organizer.get(f"/uncertain?shoot={watch.shoot_id}").text)

    for said in (
        "Person 0",
        "The connection was lost after the letter was handed over.",
        "The worker that was sending this letter died",
        "Probably arrived The opt-out link of this letter was used.",
        "Nothing known",
        "All 3 of this shoot: Leave as they are Count as sent",
    ):
        assert said in shown, said
    assert "Person 3" not in shown, "that one was taken"
    assert "Send again" not in shown, "they may not send"
    assert "Łódź" not in words(organizer.get("/uncertain").text)
    assert "4 letters wait in 2 shoots" in words(watch.visitor().get("/uncertain").text)
    for place in (f"?shoot={watch.foreign_id}", f"/decide?do=leave&rowid={watch.foreign_id}-0"):
        assert organizer.get(f"/uncertain{place}").status_code == 404, place
    for broken in ("do=burn&rowid=1-1", "do=leave&rowid=x", "do=leave&rowid=1-99999999999"):
        assert organizer.get(f"/uncertain/decide?{broken}").status_code == 404, broken
    assert organizer.get(f"/uncertain/decide?do=again&shoot={watch.shoot_id}").status_code == 403
    assert f'href="/uncertain?shoot={watch.shoot_id}"' in organizer.get(watch.page()).text
    assert "/uncertain" in organizer.get("/log?state=uncertain").text
    assert "/uncertain" in organizer.get(f"/log/{watch.shoot_id}/0").text


def test_each_decision_asks_first_and_leaves_the_list(watch: Watch) -> None:
    visitor, shoot = watch.visitor(Role.ORGANIZER), watch.shoot_id
    asked = words(visitor.get(f"/uncertain/decide?do=again&shoot={shoot}").text)
    assert "Send again: 2 letters" in asked
    assert "1 letter is left out. They probably arrived" in asked
    assert "1 of them probably arrived" in words(
        visitor.get(f"/uncertain/decide?do=again&rowid={shoot}-0&rowid={shoot}-1").text
    )

    status, said = post(visitor, do="leave", rowid=[f"{shoot}-1"], shown_count=2)
    assert (status, "become 1 instead of 2" in said) == (422, True)
    status, said = post(visitor, do="leave", rowid=[f"{shoot}-1"], shown_count=1)
    assert (status, "1 letter stays as it is" in said) == (303, True)
    assert "Somebody looked and left it as it is. By Ola Staff." in words(visitor.get(f"/log/{shoot}/1").text)
    status, said = post(visitor, do="sent", shoot=shoot, shown_count=1)
    assert (status, "1 letter counts as sent now" in said) == (303, True)
    assert "Counts as sent after all." in words(visitor.get(f"/log/{shoot}/0").text)
    status, said = post(visitor, do="again", shoot=shoot, shown_count=1)
    assert (status, "1 letter on the way again" in said) == (303, True)

    assert "Nothing to decide" in words(visitor.get(f"/uncertain?shoot={shoot}").text)
    status, said = post(visitor, do="again", shoot=shoot, shown_count=1)
    assert (status, "nothing left to decide" in said) == (303, True)
    shown = words(visitor.get(watch.page()).text)
    assert "Uncertain 2" in shown
    assert "looked at, left as it is 1" in shown
    assert "sent again 1" in shown
    assert get_summary(SYSTEM, shoot).undecided == 0


def test_many_want_their_number_typed_and_pages_hold_each_once(watch: Watch) -> None:
    fill_with_rows(watch.shoot_id, 1500)
    with transaction() as session:
        session.execute(
            text(
                "UPDATE email_logs SET state = 'uncertain' WHERE shoot_id = :id AND seq % 25 = 7 AND seq > 9"
            ),
            {"id": watch.shoot_id},
        )
    visitor, found, address = watch.visitor(), [], f"/uncertain?shoot={watch.shoot_id}"
    while address:
        page = visitor.get(address).text
        found += [part.split('"')[0] for part in page.split('name="rowid" value="')[1:]]
        address = page.split('rel="next"')[0].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
        address = address if 'rel="next"' in page else ""
    assert len(found) == len(set(found)) == 62

    status, said = post(visitor, do="leave", shoot=watch.shoot_id, shown_count=62)
    assert (status, "Type the number of letters, 62" in said) == (422, True)
    status, said = post(visitor, do="leave", shoot=watch.shoot_id, shown_count=62, number="62")
    assert (status, "62 letters stay as they are" in said) == (303, True)


def test_the_command_line_looks_and_decides(app: Flask, watch: Watch) -> None:
    db.session.rollback()

    def ask(*options: str) -> tuple[int, dict[str, object]]:
        done = app.test_cli_runner().invoke(
            args=["shoot", "uncertain", str(watch.shoot_id), *options, "--json"]
        )
        return done.exit_code, json.loads(done.stdout.splitlines()[-1])

    status, value = ask()
    assert (status, value["undecided"], value["arrived"], value["unknown"]) == (0, 3, 1, 2)
    assert ask("--leave", "--send-again")[0] == 2
    status, value = ask("--send-again")
    assert (status, value["sent_again"]) == (0, 2)
    assert ask("--count-as-sent") == (0, {"id": watch.shoot_id, "counted_as_sent": 1})
    assert ask("--leave")[0] == 2
