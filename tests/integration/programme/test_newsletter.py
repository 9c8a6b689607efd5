"""Newsletters: nobody is on a list without a yes of their own, and each no is obeyed."""

from datetime import timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_newsletter import make_list, subscribe_person
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import OptOut
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.segments import SEGMENTS, Place
from webapp.people.domain.scope import SYSTEM
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.people.models.user import Role
from webapp.programme.actions.newsletter import ask_pending, choose_lists, confirm, obey_opt_outs, subscribe
from webapp.programme.domain.newsletter import make_confirm_token, make_preferences_token
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription
from webapp.web.public.form_guard import make_stamp


@pytest.fixture
def news(app: Flask, database: Session) -> NewsletterList:
    factories.make_sender()
    return make_list(slug="circle")


def ask(address: str = "Ana@Example.org") -> Subscription:
    subscribe(slug="circle", address=address, name="Ana", locale="en", now=now())
    return the_one()


def the_one() -> Subscription:
    db.session.expire_all()
    return db.session.scalars(select(Subscription)).one()


def token_of(row: Subscription) -> str:
    return make_confirm_token(current_app.extensions["tokens"], row.id, row.token_version)


def letters() -> list[str]:
    return list(
        db.session.scalars(
            select(Shoot.cause).join(EmailLog, EmailLog.shoot_id == Shoot.id).order_by(Shoot.id)
        )
    )


def deeds() -> list[tuple[str, str, bool]]:
    rows = db.session.scalars(select(Consent).order_by(Consent.id))
    return [(row.deed, row.place, bool(row.words)) for row in rows]


def members() -> int:
    return len(db.session.scalars(select(Membership).where(Membership.kind == "newsletter")).all())


def test_only_the_owner_of_the_address_gets_somebody_onto_the_list(news: NewsletterList) -> None:
    row = ask()
    assert (row.state, row.asked_count, letters(), members()) == ("pending", 1, ["newsletter.confirm"], 0)
    for _ in range(2):
        assert confirm(token_of(row), now()).state == "subscribed"
    assert members() == 1
    assert letters() == ["newsletter.confirm", "newsletter.welcome"]
    assert deeds() == [("asked", "public form", True), ("confirmed", "confirmation link", True)]


def test_at_most_three_letters_a_day_go_to_one_address(news: NewsletterList) -> None:
    for _ in range(5):
        ask()
    assert letters() == ["newsletter.confirm"] * 3


def test_asking_is_the_same_for_an_address_that_is_on_the_list(news: NewsletterList) -> None:
    confirm(token_of(ask()), now())
    assert ask().state == "subscribed"
    assert deeds()[-1][0] == "confirmed"


def test_a_link_from_before_a_no_is_worth_nothing(news: NewsletterList) -> None:
    row = ask()
    old = token_of(row)
    confirm(old, now())
    choose_lists(person_id=row.person_id, programme_id=news.programme_id, wanted=set(), now=now())
    assert (the_one().state, members()) == ("unsubscribed", 0)
    assert deeds()[-1] == ("withdrawn", "preference page", False)
    with pytest.raises(NotFoundError):
        confirm(old, now())
    assert ask().state == "pending"
    with pytest.raises(NotFoundError):
        confirm(old, now())
    assert confirm(token_of(the_one()), now()).state == "subscribed"


def test_a_yes_in_another_form_is_asked_for_by_the_ticker(app: Flask, database: Session) -> None:
    news = make_list()
    subscribe_person(news, state="pending", source="application 12")
    assert ask_pending(now()) == 0  # there is no sender yet
    factories.make_sender()
    assert [ask_pending(now()), ask_pending(now())] == [1, 0]
    assert letters() == ["newsletter.confirm"]
    assert the_one().asked_count == 1


def test_a_letter_that_cannot_be_written_loses_nobody(app: Flask, database: Session) -> None:
    make_list(slug="circle")
    assert (ask().state, the_one().asked_count) == ("pending", 0)
    factories.make_sender()
    assert ask_pending(now()) == 1


@pytest.mark.parametrize("scope", ["programme", "all"])
def test_an_opt_out_of_mail_takes_people_off_and_a_later_yes_brings_them_back(
    news: NewsletterList, scope: str
) -> None:
    row = subscribe_person(news, state_at=now() - timedelta(days=1))
    with transaction() as session:
        programme_id = news.programme_id if scope == "programme" else None
        session.add(OptOut(person_id=row.person_id, scope=scope, source="page", programme_id=programme_id))
    assert [obey_opt_outs(now()), obey_opt_outs(now())] == [1, 0]
    assert the_one().state == "unsubscribed"
    assert deeds() == [("withdrawn", "opt-out link", False)]
    choose_lists(person_id=row.person_id, programme_id=news.programme_id, wanted={news.id}, now=now())
    assert obey_opt_outs(now()) == 0
    assert (the_one().state, members()) == ("subscribed", 1)


def test_the_segment_has_only_subscribers_and_only_for_those_of_the_programme(news: NewsletterList) -> None:
    wanted = subscribe_person(news).person_id
    for state in ("pending", "unsubscribed", "bounced"):
        subscribe_person(news, state=state)
    segment = SEGMENTS.get("newsletter-list")
    query = segment.select_people({"list": "circle"}, Place(SYSTEM))
    assert db.session.scalars(query).all() == [wanted]
    foreign = factories.make_staff(Role.SUPPORT, programme=factories.make_programme())
    with pytest.raises(StaffError):
        segment.select_people({"list": "circle"}, Place(factories.scope_of(foreign)))
    assert segment.options("list", Place(factories.scope_of(foreign))) == []


def test_the_public_pages_tell_nobody_who_is_on_the_list(app: Flask, news: NewsletterList) -> None:
    visitor = Visitor(app)
    subscribe_person(news, factories.make_person("known@example.org"))
    pages = set()
    for address in ("known@example.org", "new@example.org"):
        stamp = make_stamp("newsletter-form", now() - timedelta(minutes=1))
        form = {"address": address, "name": "", "token": stamp}
        answer = visitor.submit("/newsletters/circle", form)
        assert answer.status_code == 303
        pages.add(visitor.get(answer.location).text.partition("<body")[2])
    assert len(pages) == 1
    trapped = {"address": "bot@example.org", "website": "x", "token": make_stamp("newsletter-form", now())}
    assert visitor.submit("/newsletters/circle", trapped).status_code == 422
    assert db.session.scalar(select(Person).where(Person.email == "bot@example.org")) is None
    assert visitor.get("/newsletters/nothing").status_code == 404


def test_looking_at_links_changes_nothing_and_pressing_does(app: Flask, news: NewsletterList) -> None:
    viewer = Visitor(app, keeps_cookies=False)
    row = ask()
    link = f"/newsletter/confirm/{token_of(row)}"
    assert "Yes, subscribe me" in viewer.get(link).text
    assert the_one().state == "pending"
    assert viewer.post(link).status_code == 303
    assert "You are subscribed" in viewer.get(link).text
    other = make_list()
    token = make_preferences_token(app.extensions["tokens"], row.person_id, the_list(row).programme_id)
    page = f"/newsletter/choose/{token}"
    assert "checked" in viewer.get(page).text
    assert viewer.post(page, {"list": [str(row.list_id), str(other.id)], "none": "1"}).status_code == 303
    assert the_one().state == "unsubscribed"
    assert viewer.post(page, {"list": [str(row.list_id), str(other.id), "x"]}).status_code == 303
    assert the_one().state == "subscribed"  # the other programme's list is not this link's to choose
    for wrong in (link[:-2], page[:-2], f"/newsletter/choose/{token_of(row)}"):
        assert viewer.get(wrong).status_code == 404
        assert viewer.post(wrong).status_code == 404


def the_list(row: Subscription) -> NewsletterList:
    return db.session.get_one(NewsletterList, row.list_id)
