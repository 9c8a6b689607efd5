"""Answers as evidence: who followed a link of a letter has read it."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests import factories_attend, factories_newsletter
from tests.integration.mail.test_uncertain import doubtful_shoot
from webapp.core.transaction import transaction
from webapp.mail.domain.evidence import Standing, weigh
from webapp.mail.domain.uncertain import Chosen
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.evidence import find_evidence
from webapp.mail.queries.uncertain import find_doubtful
from webapp.people.domain.scope import SYSTEM
from webapp.programme.models.newsletter import Consent
from webapp.programme.models.programme import Event, Programme


def test_answers_by_a_letters_own_links_tell_that_it_arrived(database: Session) -> None:
    shoot_id = doubtful_shoot()
    people = database.scalars(select(EmailLog.person_id).order_by(EmailLog.seq)).all()
    shoot = database.get_one(Shoot, shoot_id)
    form = factories_attend.make_form(database.get_one(Event, shoot.event_id))
    newsletter = factories_newsletter.make_list(database.get_one(Programme, shoot.programme_id))
    given = [("person", "1 second"), ("organizer", "1 second"), ("person", "1 hour")]
    with transaction() as session:
        for n, (by, ago) in enumerate(given):
            values = {"id": people[n], "n": n, "event": shoot.event_id, "programme": shoot.programme_id}
            session.execute(
                text(
                    "INSERT INTO applications (programme_id, event_id, form_id, number, person_id,"
                    " submission_token, rsvp, rsvp_by, rsvp_at) VALUES"
                    " (:programme, :event, :form, :n, :id, :n, 'yes', :by, now() - CAST(:ago AS interval))"
                ),
                {**values, "form": form.id, "by": by, "ago": ago},
            )
        session.add(Consent(list_id=newsletter.id, person_id=people[3], deed="confirmed", place="letter"))

    def arrived(cause: str) -> list[int]:
        with transaction() as session:
            session.execute(text("UPDATE shoots SET cause = :cause"), {"cause": cause})
        found = find_evidence(find_doubtful(SYSTEM, Chosen(shoot_id=shoot_id)))
        return sorted(key.seq for key, evidence in found.items() if weigh(evidence) == Standing.ARRIVED)

    assert arrived("attend.accepted") == [0], "not what staff entered, nor what was said before"
    assert arrived("newsletter.confirm") == [3]
    assert arrived("attend.rejected") == [], "such a letter carries neither link"
