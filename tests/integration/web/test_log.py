"""The log's page, and a letter exactly as it was sent: byte for byte, locked in its frame, with its history."""

import re
from email import message_from_bytes

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests import factories
from tests.integration.mail.outcomes import give_outcomes
from tests.integration.web.visiting import Visitor
from tests.integration.web.watching import words
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.render import exact_copy
from webapp.mail.actions.stop_all import lift_stop_all, stop_all
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import OptOut, OptOutScope, Suppression
from webapp.mail.models.shoot import Shoot
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.user import Role


class Desk:
    """An event with a shoot of five, another with a shoot of one, and those who read the log."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        programme = factories.make_programme(name="Code Circle")
        self.event = factories.make_event(programme, name="Code Circle Kraków")
        self.zofia = factories.make_person("zofia@example.org", "Zofia Wiśniewska")
        self.nobody = factories.make_person(None, "Nobody Home")
        for person in (self.zofia, self.nobody):
            factories.register(person, self.event)
        factories.make_people(self.event, 3)
        self.shoot_id = self.send(self.event)
        self.other_event = factories.make_event(programme, name="Code Circle Łódź")
        factories.register(self.zofia, self.other_event)
        self.foreign_id = self.send(self.other_event)
        self.seq = self.seq_of(self.zofia.id)

    def send(self, event: object) -> int:
        shoot_id = factories.make_shoot(event, html='<p>Hello {{ person.name | default("friend") }}, ✓</p>')  # type: ignore[arg-type]
        prepare_shoot(shoot_id)
        return shoot_id

    def seq_of(self, person_id: int) -> int:
        query = select(EmailLog.seq).where(
            EmailLog.shoot_id == self.shoot_id, EmailLog.person_id == person_id
        )
        return db.session.scalars(query).one()

    def visitor(self, role: Role = Role.ADMINISTRATOR, *, may_send: bool = True) -> Visitor:
        user = factories.make_staff(role, event=self.event, may_send=may_send)
        return Visitor(self.app).sign_in(user.email)

    def become(self, state: str, reason: str | None = None, detail: str | None = None) -> None:
        give_outcomes(self.shoot_id, {self.seq: (state, reason, detail)})

    @property
    def page(self) -> str:
        return f"/log/{self.shoot_id}/{self.seq}"


@pytest.fixture
def desk(app: Flask, database: Session) -> Desk:
    return Desk(app)


def test_the_log_can_be_searched_and_filtered(desk: Desk) -> None:
    desk.become("failed", "address", "550 5.1.1 unknown")
    visitor = desk.visitor()

    assert words(visitor.get("/log").text).count("Zofia Wiśniewska") == 2
    found = words(visitor.get(f"/log?search=wiśniewska&shoot={desk.shoot_id}").text)
    assert "Zofia Wiśniewska" in found
    assert "Person 1" not in found
    failed = words(visitor.get("/log?state=failed&reason=address").text)
    assert failed.count("Zofia Wiśniewska") == 1
    assert "550 5.1.1 unknown" in failed
    assert "No letter like that" in visitor.get("/log?state=uncertain").text
    assert "Nobody Home" in words(visitor.get("/log?reason=no_address").text)


def test_a_damaged_address_of_the_log_is_the_whole_log(desk: Desk) -> None:
    answer = desk.visitor().get(
        "/log?shoot=x&event=&state=nonsense&reason=1&since=yesterday&until=99999-01-01&older=1-&newer=a-b&search=%00"
    )
    assert answer.status_code == 200
    assert "Zofia" in answer.text


def test_what_is_not_theirs_is_not_there(desk: Desk) -> None:
    organizer = desk.visitor(Role.ORGANIZER)

    assert words(organizer.get("/log?search=zofia").text).count("Zofia Wiśniewska") == 1
    for path in (
        f"/log?shoot={desk.foreign_id}",
        f"/log?event={desk.other_event.id}",
        "/log?sender=987654",
        f"/log/{desk.foreign_id}/0",
        f"/log/{desk.foreign_id}/0/frame",
        f"/log/{desk.foreign_id}/0/letter.eml",
        f"/log/{desk.shoot_id}/999",
        "/log/99999999999999999999/0",
        f"/log/{desk.shoot_id}/99999999999",
    ):
        assert organizer.get(path).status_code == 404, path
    answer = organizer.submit(
        f"/log/{desk.foreign_id}/0/resend", {"confirmed": "1"}, seen_at=f"/shoots/{desk.shoot_id}"
    )
    assert answer.status_code == 404


def test_a_letter_is_shown_byte_for_byte_as_it_went_out(desk: Desk) -> None:
    desk.become("sent")
    visitor = desk.visitor()
    row = db.session.get_one(EmailLog, (desk.shoot_id, desk.seq))
    raw = exact_copy(db.session.get_one(Shoot, desk.shoot_id), row)
    assert raw is not None

    file = visitor.get(f"{desk.page}/letter.eml")

    assert file.data == raw
    assert file.mimetype == "message/rfc822"
    assert message_from_bytes(file.data)["To"].endswith("<zofia@example.org>")
    assert "Hello Zofia Wiśniewska, ✓" in words(visitor.get(f"{desk.page}?show=text").text)
    headers = words(visitor.get(f"{desk.page}?show=headers").text)
    assert "News of Code Circle Kraków" in headers
    assert "List-Unsubscribe-Post" in headers
    assert "multipart/alternative" in words(visitor.get(f"{desk.page}?show=source").text)


def test_the_frame_lets_nothing_act(desk: Desk) -> None:
    desk.become("sent")
    visitor = desk.visitor()

    frame = visitor.get(f"{desk.page}/frame")

    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "Hello Zofia" in frame.text
    assert '<base target="_blank">' in frame.text
    page = visitor.get(desk.page).text
    assert re.search(r'<iframe[^>]*sandbox="allow-popups allow-popups-to-escape-sandbox"', page)


def test_what_never_went_out_has_no_copy(desk: Desk) -> None:
    visitor = desk.visitor()
    path = f"/log/{desk.shoot_id}/{desk.seq_of(desk.nobody.id)}"

    shown = words(visitor.get(path).text)

    assert "There is no e-mail address for them." in shown
    assert "It was never handed over" in shown
    assert "Left out: no address." in shown
    assert visitor.get(f"{path}/frame").status_code == 404
    assert visitor.get(f"{path}/letter.eml").status_code == 404


@pytest.mark.parametrize(
    ("state", "reason", "detail", "expected"),
    [
        ("sent", None, None, ["Did they get it?", "The mail server took it."]),
        ("failed", "address", "550 5.1.1 no", ["The mailbox does not exist.", "550 5.1.1 no", "Resend"]),
        ("failed", "gave_up", "452 4.2.2 full", ["time and again", "The mailbox is full."]),
        (
            "deferred",
            None,
            "451 4.7.1 greylisted",
            ["tried again by itself", "greylisting", "Next try, number 2"],
        ),
        (
            "uncertain",
            None,
            "hung up",
            ["nobody here can know", "never sent again by itself", "would then get it twice"],
        ),
        ("cancelled", None, None, ["The shoot was cancelled", "Cancelled with the rest"]),
        ("sending", None, None, ["being handed over right now"]),
    ],
)
def test_the_history_in_plain_words(
    desk: Desk, state: str, reason: str | None, detail: str | None, expected: list[str]
) -> None:
    desk.become(state, reason, detail)

    shown = words(desk.visitor().get(desk.page).text)

    for sentence in expected:
        assert sentence in shown, shown


def test_what_holds_a_letter_back_is_told_on_its_page_and_on_its_persons(desk: Desk) -> None:
    visitor, person = desk.visitor(), f"/people/{desk.zofia.id}"
    pages = (desk.page, person, f"{person}?shoot={desk.shoot_id}")
    with transaction() as session:
        session.execute(update(Shoot).where(Shoot.id == desk.shoot_id).values(open_to=desk.seq))
    for path in pages:
        assert "It waits until the first letters of the shoot have gone well." in words(
            visitor.get(path).text
        )

    stop_all(scope=SYSTEM, reason="A drill")
    for path in pages:
        assert "It waits: somebody stopped all letters." in words(visitor.get(path).text)

    lift_stop_all(scope=SYSTEM)
    with transaction() as session:
        session.execute(update(Shoot).where(Shoot.id == desk.shoot_id).values(open_to=None))
    for path in pages:
        assert "It waits" not in words(visitor.get(path).text).replace("It waits for its turn", "")


@pytest.mark.parametrize(("key", "is_again"), [("attend:7:accepted", False), ("resend:1:0:1", True)])
def test_only_what_was_sent_again_is_said_to_be(desk: Desk, key: str, is_again: bool) -> None:
    row = (EmailLog.shoot_id == desk.shoot_id) & (EmailLog.seq == desk.seq)
    with transaction() as session:
        session.execute(update(EmailLog).where(row).values(dedupe_key=key))

    shown = words(desk.visitor().get(desk.page).text)

    assert ("Sent again: put on the list of a new shoot." in shown) == is_again
    assert ("Put on the list of this shoot." in shown) != is_again


def test_wishes_and_suppressions_are_told(desk: Desk) -> None:
    desk.become("sent")
    with transaction() as session:
        session.add(OptOut(person_id=desk.zofia.id, scope=OptOutScope.ALL, source="page"))
        session.add(Suppression(address="zofia@example.org", reason="bounced", detail="550 gone"))

    shown = words(desk.visitor().get(desk.page).text)

    assert "everything that is not essential" in shown
    assert "nothing may be sent to this address: bounced" in shown
    assert "it will be left out" in shown


def test_one_letter_is_sent_again_once_it_was_confirmed(desk: Desk) -> None:
    desk.become("failed", "address", "550 5.1.1 no")
    visitor = desk.visitor(Role.ORGANIZER)

    refused = visitor.submit(f"{desk.page}/resend", {}, seen_at=desk.page)
    assert refused.location == desk.page
    assert "confirm that the letter is to go out again" in words(visitor.get(desk.page).text)

    # the first token in the page is that of the form that asks
    sent = visitor.submit(f"{desk.page}/resend", {"confirmed": "1"}, seen_at=desk.page)
    assert sent.location != desk.page
    again = words(visitor.get(sent.location).text)
    assert "On the way again" in again
    assert f"letter {desk.seq + 1} of shoot {desk.shoot_id}" in again
    old = words(visitor.get(desk.page).text)
    assert "Sent again as" in old
    assert "It has been sent again" in old


def test_who_may_not_send_may_not_resend(desk: Desk) -> None:
    desk.become("failed", "address", "550 no")
    writer = desk.visitor(Role.ORGANIZER, may_send=False)

    assert "Resend" not in words(writer.get(desk.page).text)
    answer = writer.submit(f"{desk.page}/resend", {"confirmed": "1"}, seen_at=desk.page)
    assert answer.status_code == 403


def test_other_letters_to_the_same_person_within_ones_reach(desk: Desk) -> None:
    theirs = f"/log/{desk.foreign_id}/0"

    assert theirs in desk.visitor().get(desk.page).text
    assert theirs not in desk.visitor(Role.ORGANIZER).get(desk.page).text
