"""A room to write letters in: one event with people of all kinds, another one next door, and who may do what."""

import html
import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests import factories
from tests.integration.web.visiting import Visitor
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.models.letter import Letter
from webapp.mail.models.opt_out import OptOut, Suppression
from webapp.people.models.user import Role

EVERYBODY = Audience((Choice("registered"),))


class WritingRoom:
    """One event with six people of whom three can be written to, and a foreign event next door."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.programme = factories.make_programme(name="Code Circle", postal_address="1 Long Street")
        self.event = factories.make_event(
            self.programme, slug="krakow", name="Code Circle Kraków", timezone="Europe/Warsaw"
        )
        self.foreign = factories.make_event(slug="foreign", name="Foreign event")
        self.sender = factories.make_sender(
            address="krakow@example.org",
            display_name="Ola of Code Circle",
            programme_id=self.programme.id,
            event_id=self.event.id,
        )
        self.zofia = factories.make_person("zofia@example.org", "Zofia Nowak", locale="pl")
        self.yamada = factories.make_person("yamada@example.org", "山田太郎", locale="ja")
        self.nameless = factories.make_person("nameless@example.org", "", locale="en")
        self.gone = factories.make_person(None, "Without Address")
        self.stopped = factories.make_person("stopped@example.org", "Stella Stop")
        self.bounced = factories.make_person("bounced@example.org", "Bob Bounce")
        for person in (self.zofia, self.yamada, self.nameless, self.gone, self.stopped, self.bounced):
            factories.register(person, self.event)
        self.stranger = factories.make_person("stranger@example.org", "Secret Stranger")
        factories.register(self.stranger, self.foreign)
        with transaction() as session:
            session.add(OptOut(person_id=self.stopped.id, scope="all", source="page"))
            session.add(Suppression(address="bounced@example.org", reason="bounced"))
        self.user = factories.make_staff(Role.ORGANIZER, event=self.event)

    def visitor(self, *, may_send: bool = True, foreign: bool = False) -> Visitor:
        """Return an organizer who has signed in."""
        user = factories.make_staff(
            Role.ORGANIZER, event=self.foreign if foreign else self.event, may_send=may_send
        )
        return Visitor(self.app).sign_in(user.email)

    def visitor_account(self) -> str:
        """Return the address with which another organizer signs in."""
        return factories.make_staff(Role.ORGANIZER, event=self.event).email

    def letter(self, audience: Audience | None = EVERYBODY, **draft: Any) -> int:
        """Return the id of a letter that is ready, with its audience chosen."""
        number = factories.make_letter(self.event, **{"sender_id": self.sender.id, **draft})
        if audience is not None:
            with transaction() as session:
                session.get_one(Letter, number).audience = audience.to_json()
        return number


def fresh(letter_id: int) -> Letter:
    """Return a letter as it is in the database now."""
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Letter, letter_id)


def words(answer: TestResponse) -> str:
    """Return what a page says, without its markup."""
    main = re.search(r"<main.*?</main>", answer.text, re.DOTALL)
    bare = re.sub(r"<[^>]+>", " ", main[0] if main else answer.text)
    return " ".join(html.unescape(bare).split())


def token(visitor: Visitor) -> str:
    """Return a CSRF token for requests that scripts make."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', visitor.get("/letters/").text)
    assert found
    return found[1]
