"""The pages of applications: list, blind scores, deciding in bulk, announcing, files; what reviewers never see."""

import csv
import html
import io
import json
import re
from email import message_from_bytes, policy

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_review import (
    announce,
    apply_many,
    count_letters,
    decide,
    make_desk,
    score,
)
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.render import open_letter
from webapp.mail.domain.values import PoisonError
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.models.user import Role
from webapp.programme.models.application import Application, Review
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event

EVIL = [
    '<a href="http://evil.example">Eve</a>',
    '=HYPERLINK("http://evil.example")',
    "Ana\r\nBcc: all@example.org",
]


@pytest.fixture
def desk(database: Session) -> tuple[Event, Form]:
    """An event with a form and a sender."""
    return make_desk(capacity=30)


@pytest.fixture
def organizer(app: Flask, desk: tuple[Event, Form]) -> Visitor:
    """Its organizer, signed in."""
    return Visitor(app).sign_in(factories.make_staff(Role.ORGANIZER, event=desk[0]).email)


def rows_of(page: str) -> list[str]:
    """Return the ids of the applications that a list shows, in order."""
    return re.findall(r'name="rowid" value="(\d+)"', page)


def counts_of(page: str) -> dict[str, int]:
    """Return the numbers that a page says it has counted."""
    return {k: int(re.sub(r"\D", "", v)) for k, v in re.findall(r'data-count="([\w-]+)">([^<]*)<', page)}


@pytest.mark.contract
def test_contract_19_a_hostile_name_is_harmless_on_page_in_files_and_in_mail(
    desk: tuple[Event, Form], organizer: Visitor
) -> None:
    event, form = desk
    rows = apply_many(form, 3, names=EVIL)
    decide(event, rows, "accepted")
    list_page, look = f"/events/{event.id}/applications", f"/events/{event.id}/waves/new"
    for page in (list_page, f"{list_page}/{rows[0].id}", look):
        assert '<a href="http://evil.example">' not in organizer.get(page).text, page
    answer = organizer.submit(f"{list_page}/export", {"format": "csv"}, seen_at=list_page)
    assert answer.data.startswith(b"\xef\xbb\xbf")
    cells = [row[1] for row in csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))]
    assert cells[2] == f"'{EVIL[1]}"
    assert len(cells) == 4, "a line break in a name is no new row"
    answer = organizer.submit(f"{list_page}/export", {"format": "xlsx"}, seen_at=list_page)
    sheet = load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}, "no cell is a formula"
    frame = organizer.get(f"/events/{event.id}/waves/frame/{rows[0].id}").text
    assert '<a href="http://evil.example">' not in frame
    announce(event)
    for letter in db.session.scalars(select(EmailLog)):
        opened = open_letter(db.session.get_one(Shoot, letter.shoot_id))
        given = {"address": letter.address or "", "values": letter.merge_values, "date": now()}
        if "\r" in (letter.name or ""):
            with pytest.raises(PoisonError):  # this one alone is listed as failed
                opened.build(seq=letter.seq, name=letter.name, **given)
            continue
        message = message_from_bytes(
            opened.build(seq=letter.seq, name=letter.name, **given), policy=policy.default
        )
        body = message.get_body(("html",))
        assert body is not None
        assert '<a href="http://evil.example">' not in body.get_content()


@pytest.mark.contract
def test_contract_24_every_number_of_a_wave_is_a_count_of_rows(
    desk: tuple[Event, Form], organizer: Visitor
) -> None:
    event, form = desk
    rows = apply_many(form, 7)
    with transaction():
        rows[0].person.email = None
    decide(event, rows[:4], "accepted")
    decide(event, rows[4:], "rejected")
    wave = announce(event)
    shown = counts_of(organizer.get(f"/events/{event.id}/waves/{wave}").text)
    stored = db.session.execute(
        select(EmailLog.state, func.count())
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.batch == f"wave:{wave}")
        .group_by(EmailLog.state)
    ).all()
    assert shown == {"total": 7, **dict(stored)} == {"total": 7, "pending": 6, "skipped": 1}
    views = counts_of(organizer.get(f"/events/{event.id}/applications").text)
    assert views.pop("all") == sum(views.values()) == 7
    assert views == {
        **dict.fromkeys(views, 0),
        "invited": 3,
        "rejected": 3,
        "not-told": 1,
    }


def test_bulk_says_before_it_does(desk: tuple[Event, Form], organizer: Visitor) -> None:
    event, form = desk
    told, *rows = apply_many(form, 4)
    decide(event, [told], "accepted")
    announce(event)
    here = f"/events/{event.id}/applications"
    ids = [str(row.id) for row in (told, *rows)]
    page = organizer.submit(f"{here}/decide", {"rowid": ids, "decision": "rejected"}, seen_at=here).text
    assert "Decide for 3" in page
    assert "was told “accepted” already" in page
    assert db.session.scalar(select(func.count()).where(Application.decision == "rejected")) == 0
    organizer.submit(
        f"{here}/decide", {"ids": ",".join(ids), "decision": "rejected", "confirmed": "1"}, seen_at=here
    )
    db.session.rollback()
    assert db.session.scalar(select(func.count()).where(Application.decision == "rejected")) == 3


def test_scores_are_blind_until_ones_own(app: Flask, desk: tuple[Event, Form], organizer: Visitor) -> None:
    event, form = desk
    (row,) = apply_many(form, 1)
    score(row, factories.make_staff(), 5, "Wonderful letter")
    score(row, factories.make_staff(), 2)
    here, page = f"/events/{event.id}/applications", f"/events/{event.id}/applications/{row.id}"
    assert "(hidden)" in organizer.get(here).text
    shown = organizer.get(page).text
    assert "Wonderful letter" not in shown
    assert "(hidden)" in shown
    assert organizer.submit(f"{page}/score", {"score": "9"}, seen_at=page).status_code == 422
    organizer.submit(f"{page}/score", {"score": "5", "comment": "Yes"}, seen_at=page)
    shown = organizer.get(page).text
    assert "Wonderful letter" in shown
    assert "Mean 4.0, deviation 1.7" in shown
    assert "4.0" in organizer.get(here).text
    organizer.submit(f"{page}/score", {"score": "abstain"}, seen_at=page)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Review)) == 3
    assert organizer.get(f"{here}/draw").location == here, "nothing is left to draw"


def test_the_list_sorts_filters_and_searches(desk: tuple[Event, Form], organizer: Visitor) -> None:
    event, form = desk
    zoe, ana = apply_many(form, 2, names=["Zoë 100%", "Ana"])
    with transaction():
        zoe.tags = ["round 2"]
    here = f"/events/{event.id}/applications"

    def found(query: str) -> list[str]:
        return rows_of(organizer.get(f"{here}?{query}").text)

    both = [str(zoe.id), str(ana.id)]
    assert found("") == both
    assert found("sort=name") == both[::-1]
    assert found("down=1") == both[::-1]
    assert (
        found("tag=round+2")
        == found("search=zo%C3%AB")
        == found("search=100%25")
        == found("search=%231")
        == both[:1]
    )
    assert found("view=to-review") == both
    assert found("view=withdrawn") == []
    organizer.submit(f"{here}/tag", {"rowid": [str(ana.id)], "tag_word": "maybe"}, seen_at=here)
    assert found("tag=maybe") == both[1:]
    organizer.submit(f"{here}/views", {"name": "Second round", "query": "tag=round+2"}, seen_at=here)
    assert f'{here}?tag=round+2"><bdi>Second round' in organizer.get(here).text


def test_announce_by_hand(desk: tuple[Event, Form], organizer: Visitor) -> None:
    event, form = desk
    rows = apply_many(form, 3)
    decide(event, rows, "accepted")
    look = f"/events/{event.id}/waves/new"
    page = organizer.get(look).text
    assert "Announce to 3" in page
    deeds = f"/events/{event.id}/waves/look"
    page = organizer.submit(deeds, {"do": f"leave:{rows[0].id}"}, seen_at=look).text
    assert "Announce to 2" in page
    assert "rsvp.link" in organizer.submit(deeds, {"do": f"edit:{rows[1].id}"}, seen_at=look).text
    words = {"subject": "You and only you", "main": "<p>No link</p>", "do": f"keep:{rows[1].id}"}
    refused = organizer.submit(deeds, words, seen_at=look)
    assert refused.status_code == 422
    assert "You and only you" in refused.text
    page = organizer.submit(deeds, {**words, "main": "<p>{{ rsvp.link }}</p>"}, seen_at=look).text
    assert "edited" in page
    found = re.search(r'name="edits" value="([^"]*)"', page)
    assert found
    carried = {"excluded": str(rows[0].id), "edits": html.unescape(found[1])}
    useless = json.dumps({rows[1].id: {"subject": "You and only you", "main": "<p>No link</p>"}})
    for stale in ({"shown_count": "9"}, {"shown_count": "2", "edits": useless}):
        refused = organizer.submit(f"/events/{event.id}/waves", {**carried, **stale}, seen_at=look)
        assert refused.status_code == (409 if stale["shown_count"] == "9" else 422)
        assert f'name="excluded" value="{rows[0].id}"' in refused.text
        kept = re.search(r'name="edits" value="([^"]*)"', refused.text)
        assert kept
        assert "You and only you" in kept[1], "what was typed is still there"
    answer = organizer.submit(f"/events/{event.id}/waves", {**carried, "shown_count": "2"}, seen_at=look)
    assert answer.status_code == 303, answer.text
    assert "Undo" in organizer.get(answer.location).text
    assert count_letters() == {"pending": 2}
    organizer.submit(f"{answer.location}/undo", {}, seen_at=answer.location)
    assert count_letters() == {"cancelled": 2}
