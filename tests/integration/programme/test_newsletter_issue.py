"""An issue is an ordinary letter to subscribers, in which each finds the link to their own choice of newsletters."""

import re
from email import message_from_bytes, policy

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.factories_newsletter import make_list, subscribe_person
from tests.integration.web.visiting import Visitor
from webapp.core.clock import now
from webapp.core.database import db
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.actions.compose import Draft, create_letter
from webapp.mail.actions.compose_versions import make_ready
from webapp.mail.actions.render import open_letter
from webapp.mail.actions.schedule import Sending, schedule_shoot
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.preview import find_recipient
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import SYSTEM
from webapp.programme.domain.newsletter import read_preferences_token

FIELD = "newsletter.preferences_link"


def test_each_reader_of_an_issue_has_their_own_link(app: Flask, database: Session) -> None:
    news = make_list(factories.make_programme(postal_address="1 Long Street"))
    readers = [
        subscribe_person(news, factories.make_person(f"{name}@example.org", name)) for name in ("ana", "jan")
    ]
    audience = Audience((Choice("newsletter-list", {"list": news.slug}),))
    draft = Draft(
        subject="News",
        slots={"main": f'<p>{{% if {FIELD} %}}<a href="{{{{ {FIELD} }}}}">Choose</a>{{% endif %}}</p>'},
        reason="You subscribed.",
        sender_id=factories.make_sender(programme_id=news.programme_id).id,
    )
    letter_id = create_letter(
        scope=SYSTEM, programme_id=news.programme_id, event_id=None, draft=draft, now=now()
    )
    make_ready(scope=SYSTEM, letter_id=letter_id)
    shoot_id = schedule_shoot(
        scope=SYSTEM,
        letter_id=letter_id,
        sending=Sending(audience, draft.sender_id or 0),
        constants={"programme.postal_address": "1 Long Street"},
        now=now(),
    )
    prepare_shoot(shoot_id)
    rows = db.session.scalars(
        select(EmailLog).where(EmailLog.shoot_id == shoot_id).order_by(EmailLog.seq)
    ).all()
    assert [row.merge_values for row in rows] == [[f"{one.person_id}.{news.programme_id}"] for one in readers]
    opened = open_letter(db.session.get_one(Shoot, shoot_id))
    for row in rows:
        message = opened.build(
            seq=row.seq, address=row.address or "", name=row.name, values=row.merge_values, date=now()
        )
        text = message_from_bytes(message, policy=policy.default).get_body(("html",)).get_content()
        [(token)] = re.findall(r'href="[^"]+/newsletter/choose/([^"]+)"', text)
        assert read_preferences_token(app.extensions["tokens"], token) == (row.person_id, news.programme_id)
        assert Visitor(app).get(f"/newsletter/choose/{token}").status_code == 200
    place = Place(SYSTEM, news.programme_id, None)
    seen = find_recipient(audience, place, kind="bulk", fields=["person.name", FIELD])
    assert seen is not None
    assert seen.values[0] == "ana"
    assert str(seen.values[1]).startswith("http")
