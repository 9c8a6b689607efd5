"""The list of shoots, the living page of one, what can be done there, and the file to take away."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.outcomes import give_outcomes, put_in_state
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import Watch, words
from webapp.core.audit import AuditEntry
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.heartbeat import beat
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.models.sender import Sender
from webapp.people.models.user import Role


@pytest.fixture
def watch(app: Flask, database: Session) -> Watch:
    return Watch(app)


def test_the_list_has_everything_newest_first(watch: Watch) -> None:
    page = watch.visitor().get("/shoots")

    shown = words(page.text)
    assert shown.index("News of Code Circle Łódź") < shown.index("News of Code Circle Kraków")
    assert "6 remaining" in shown


def test_an_organizer_sees_only_their_own_shoots(watch: Watch) -> None:
    organizer = watch.visitor(Role.ORGANIZER)

    assert "News of Code Circle Łódź" not in words(organizer.get("/shoots").text)
    for path in (
        f"/shoots/{watch.foreign_id}",
        f"/shoots/{watch.foreign_id}/live",
        f"/shoots?event={watch.other_event.id}",
        "/shoots/99999999999999999999999",
    ):
        assert organizer.get(path).status_code == 404, path
    for deed in ("pause", "resume", "cancel", "resend", "export"):
        answer = organizer.submit(f"/shoots/{watch.foreign_id}/{deed}", {}, seen_at=watch.page())
        assert answer.status_code == 404, deed
    assert watch.state(watch.foreign_id) == "sending"


def test_filters_narrow_the_list_and_an_empty_list_says_what_to_do(watch: Watch) -> None:
    visitor = watch.visitor()
    assert "No shoot like that" in visitor.get("/shoots?state=missed").text
    assert "Code Circle Łódź" in words(visitor.get(f"/shoots?event={watch.other_event.id}").text)
    assert "News of Code Circle Kraków" not in words(
        visitor.get(f"/shoots?event={watch.other_event.id}").text
    )
    assert visitor.get("/shoots?state=nonsense&older=x&event=&newer=99999999999999999999").status_code == 200


def test_the_page_adds_up_and_every_part_leads_to_its_rows(watch: Watch) -> None:
    give_outcomes(
        watch.shoot_id,
        {
            0: ("sent", None, None),
            1: ("failed", "address", "550 5.1.1 <p1@example.org> no such mailbox"),
            2: ("skipped", "opted_out", None),
            3: ("uncertain", None, "The mail server hung up."),
            4: ("deferred", None, "452 4.2.2 mailbox full"),
        },
    )

    page = watch.visitor().get(watch.page()).text

    shown = words(page)
    assert "= Audience 6 100.0 %" in shown
    assert "refused by their server 1" in shown
    assert "opted out 1" in shown
    assert "The mailbox does not exist." in shown
    assert f'href="/log?shoot={watch.shoot_id}&amp;state=failed&amp;reason=address"' in page
    assert f'href="/log?shoot={watch.shoot_id}&amp;state=remaining"' in page
    assert "The parts add up" not in shown


def test_a_sum_that_is_wrong_is_said_aloud(watch: Watch) -> None:
    with transaction() as session:
        session.execute(
            text("UPDATE shoot_tallies SET letter_count = 5 WHERE shoot_id = :id"), {"id": watch.shoot_id}
        )

    assert "The parts add up to 5, not to 6" in words(watch.visitor().get(watch.page()).text)


def test_the_living_part_says_when_to_stop_asking(watch: Watch) -> None:
    visitor = watch.visitor()
    assert visitor.get(watch.page("/live")).status_code == 200
    assert "every 2s" in visitor.get(watch.page()).text

    put_in_state(watch.shoot_id, "completed")

    answer = visitor.get(watch.page("/live"))
    assert answer.status_code == 286
    assert "<html" not in answer.text
    assert "every 2s" not in visitor.get(watch.page()).text


def test_pause_resume_and_cancel(watch: Watch) -> None:
    visitor = watch.visitor(Role.ORGANIZER)

    answer = visitor.submit(watch.page("/pause"), {}, seen_at=watch.page())
    assert (answer.status_code, answer.location) == (303, watch.page())
    assert watch.state() == "paused"
    assert "6 letters wait until somebody resumes it" in words(visitor.get(watch.page()).text)

    visitor.submit(watch.page("/resume"), {}, seen_at=watch.page())
    assert watch.state() == "sending"

    question = words(visitor.get(watch.page()).text)
    assert "6 letters that have not left will never be sent" in question
    assert "Cancel 6 letters" in question
    visitor.submit(watch.page("/cancel"), {"confirmed": "1"}, seen_at=watch.page())
    assert watch.state() == "cancelled"
    assert "Marking what did not leave: 6 letters to go" in words(visitor.get(watch.page()).text)


def test_a_deed_that_comes_too_late_is_a_sentence(watch: Watch) -> None:
    visitor = watch.visitor()
    put_in_state(watch.shoot_id, "completed")

    visitor.submit(watch.page("/pause"), {}, seen_at="/shoots")

    assert "it cannot become paused any more" in words(visitor.get(watch.page()).text)
    assert watch.state() == "completed"


def test_who_may_not_send_may_not_steer(watch: Watch) -> None:
    writer = watch.visitor(Role.ORGANIZER, may_send=False)

    assert "ask somebody who may send" in words(writer.get(watch.page()).text)
    for deed in ("pause", "cancel", "resume", "resend"):
        assert writer.submit(watch.page(f"/{deed}"), {}, seen_at=watch.page()).status_code == 403
    assert watch.state() == "sending"


def test_a_get_steers_nothing(watch: Watch) -> None:
    visitor = watch.visitor()
    for deed in ("pause", "resume", "cancel", "resend", "export"):
        assert visitor.get(watch.page(f"/{deed}")).status_code == 405
    assert watch.state() == "sending"


def test_a_scheduled_shoot_says_when_and_can_go_at_once(watch: Watch) -> None:
    shoot_id = watch.schedule()
    visitor = watch.visitor()

    shown = words(visitor.get(f"/shoots/{shoot_id}").text)
    assert "Starts" in shown
    assert "It was set as" in shown  # in the zone in which it was set, which is not the reader's
    assert "UTC-3" in shown
    assert "Send 6 letters" in shown

    visitor.submit(f"/shoots/{shoot_id}/resume", {"confirmed": "1"}, seen_at=f"/shoots/{shoot_id}")
    assert watch.state(shoot_id) == "preparing"


def test_a_missed_shoot_asks_for_a_decision(watch: Watch) -> None:
    shoot_id = watch.schedule()
    put_in_state(shoot_id, "missed")
    visitor = watch.visitor()

    assert "Send now after all" in words(visitor.get(f"/shoots/{shoot_id}").text)
    visitor.submit(f"/shoots/{shoot_id}/cancel", {"confirmed": "1"}, seen_at=f"/shoots/{shoot_id}")

    assert watch.state(shoot_id) == "cancelled"


def test_the_failed_are_sent_again_as_a_shoot_of_their_own(watch: Watch) -> None:
    give_outcomes(watch.shoot_id, dict.fromkeys(range(4), ("sent", None, None)))
    give_outcomes(watch.shoot_id, {4: ("failed", "address", "550 no"), 5: ("failed", "gave_up", "451 no")})
    put_in_state(watch.shoot_id, "completed")
    visitor = watch.visitor()
    assert "Resend 2 letters" in words(visitor.get(watch.page()).text)

    answer = visitor.submit(watch.page("/resend"), {"confirmed": "1"}, seen_at=watch.page())

    again = words(visitor.get(answer.location).text)
    assert answer.location != watch.page()
    assert "2 letters on the way again" in again
    assert f"Letters of shoot {watch.shoot_id} , sent once more" in again
    old = words(visitor.get(watch.page()).text)
    assert "Resend 2 letters" not in old
    assert "Sent again as shoot" in old


def test_uncertain_letters_are_never_in_that_number(watch: Watch) -> None:
    give_outcomes(watch.shoot_id, dict.fromkeys(range(6), ("uncertain", None, "hung up")))
    put_in_state(watch.shoot_id, "completed")

    shown = words(watch.visitor().get(watch.page()).text)

    assert "6 letters are uncertain" in shown
    assert "Resend" not in shown


def test_a_resting_sender_and_missing_workers_are_said(watch: Watch) -> None:
    with transaction() as session:
        sender = session.get_one(Sender, watch.sender.id)
        sender.paused_until = now() + timedelta(minutes=5)
        sender.pause_reason = "421 too many connections"
    visitor = watch.visitor()

    shown = words(visitor.get(watch.page()).text)
    assert "The sender rests until" in shown
    assert "421 too many connections" in shown
    assert "No worker has given a sign of life" in shown

    with transaction():
        beat("worker-a", "worker_bulk", host="north")
    assert "No worker has given a sign of life" not in words(visitor.get(watch.page()).text)


def test_the_export_is_whole_harmless_and_written_down(watch: Watch) -> None:
    with transaction() as session:
        session.execute(
            text("UPDATE email_logs SET name = '=HYPERLINK(\"x\")' WHERE shoot_id = :id AND seq = 1"),
            {"id": watch.shoot_id},
        )
    give_outcomes(watch.shoot_id, {0: ("failed", "address", '@550 "no", they said')})

    answer = watch.visitor(Role.ORGANIZER).submit(watch.page("/export"), {}, seen_at=watch.page())

    assert answer.mimetype == "text/csv"
    assert f"shoot-{watch.shoot_id}.csv" in answer.headers["Content-Disposition"]
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 7
    assert rows[1][3:5] == ["Failed", "refused by their server"]
    assert rows[1][-1] == '\'@550 "no", they said'
    assert rows[2][1] == '\'=HYPERLINK("x")'
    deeds = db.session.scalar(
        select(func.count())
        .select_from(AuditEntry)
        .where(AuditEntry.verb == "shoot.exported", AuditEntry.subject_id == str(watch.shoot_id))
    )
    assert deeds == 1


def test_names_cannot_act_on_a_page(app: Flask, database: Session) -> None:
    event = factories.make_event(name="<script>alert(1)</script>")
    factories.register(factories.make_person("x@example.org", "<b onclick=x>Eve"), event)
    shoot_id = factories.make_shoot(event)
    prepare_shoot(shoot_id)
    visitor = Visitor(app).sign_in(factories.make_staff().email)
    for path in ("/", "/shoots", f"/shoots/{shoot_id}", "/log", f"/log/{shoot_id}/0"):
        page = visitor.get(path).text
        assert "<script>alert" not in page, path
        assert "<b onclick" not in page, path
