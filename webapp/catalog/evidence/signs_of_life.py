"""Evidence: what the recipient did since, or got since; it says that somebody is there, not that the letter is."""

from collections.abc import Sequence

from sqlalchemy import and_, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from webapp.core.database import db
from webapp.mail.domain.evidence import Evidence, Weight
from webapp.mail.domain.report_log import Key
from webapp.mail.domain.states import EmailState, FailReason
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.evidence import DoubtfulLetter, EvidenceKind, Found, frame_of, register_evidence
from webapp.people.models.person import Person
from webapp.programme.models.contact import ContactMessage

_LATER = {
    EmailState.SENT: "A later letter to them was taken.",
    EmailState.FAILED: "A later letter to them was refused.",
}


@register_evidence
class LaterLetters(EvidenceKind):
    """What became of the next letter of the same place to the same person."""

    name, is_hint = "later_letters", True

    def find(self, letters: Sequence[DoubtfulLetter]) -> Found:
        """Return for each letter the first later one that was taken, or refused for its address."""
        frame = frame_of(letters)
        at = func.coalesce(EmailLog.settled_at, EmailLog.handed_at)
        rows = db.session.execute(
            select(frame.c.shoot_id, frame.c.seq, EmailLog.state, at)
            .join(
                EmailLog,
                and_(EmailLog.person_id == frame.c.person_id, EmailLog.shoot_id != frame.c.shoot_id),
            )
            .join(Shoot, Shoot.id == EmailLog.shoot_id)
            .where(
                EmailLog.handed_at > frame.c.handed_at,
                EmailLog.state.in_([EmailState.SENT, EmailState.FAILED]),
                func.coalesce(EmailLog.reason, FailReason.ADDRESS) == FailReason.ADDRESS,
                Shoot.programme_id.is_not_distinct_from(frame.c.programme_id),
                Shoot.event_id.is_not_distinct_from(frame.c.event_id),
            )
            .ext(distinct_on(frame.c.shoot_id, frame.c.seq))
            .order_by(frame.c.shoot_id, frame.c.seq, EmailLog.handed_at)
        )
        return [
            (Key(shoot_id, seq), Evidence(Weight.HINT, _LATER[EmailState(state)], when))
            for shoot_id, seq, state, when in rows
        ]


@register_evidence
class Messages(EvidenceKind):
    """They wrote to the organizers of the letter's event since."""

    name, is_hint = "messages", True

    def find(self, letters: Sequence[DoubtfulLetter]) -> Found:
        """Return the first such message of each letter's recipient."""
        frame = frame_of(letters)
        rows = db.session.execute(
            select(frame.c.shoot_id, frame.c.seq, func.min(ContactMessage.created_at))
            .join(Person, Person.id == frame.c.person_id)
            .join(
                ContactMessage,
                and_(
                    ContactMessage.event_id == frame.c.event_id,
                    ContactMessage.kind == "event",  # those to support are not for organizers to know of
                    func.lower(ContactMessage.address) == Person.email,
                    ContactMessage.created_at > frame.c.handed_at,
                ),
            )
            .group_by(frame.c.shoot_id, frame.c.seq)
        )
        words = "They wrote to the organizers since: ask them in the answer."
        return [(Key(shoot_id, seq), Evidence(Weight.HINT, words, at)) for shoot_id, seq, at in rows]
