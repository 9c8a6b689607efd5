"""Evidence: what was written down about the very letter after it was handed over."""

from collections.abc import Sequence

from sqlalchemy import and_, func, select

from webapp.core.database import db
from webapp.mail.domain.evidence import Evidence, Weight
from webapp.mail.domain.report_log import Key
from webapp.mail.models.email_log import EmailEvent
from webapp.mail.queries.evidence import DoubtfulLetter, EvidenceKind, Found, frame_of, register_evidence

TELLING = {
    "opted_out": (Weight.ARRIVED, "The opt-out link of this letter was used."),
    "opt_out_undone": (Weight.ARRIVED, "An opt-out was taken back by the link of this letter."),
    "delivered": (Weight.ARRIVED, "Their mail server says that it has it."),
    "opened": (Weight.ARRIVED, "This letter was opened."),
    "clicked": (Weight.ARRIVED, "A link of this letter was followed."),
    "complained": (Weight.ARRIVED, "It was reported as spam, so it was there."),
    "bounced": (Weight.CAME_BACK, "It came back."),
    "dropped": (Weight.CAME_BACK, "The mail service did not pass it on."),
}


@register_evidence
class LetterEvents(EvidenceKind):
    """Events of the letter: an opt-out by its link keeps its number, and so do reports of mail services."""

    name = "letter_events"

    def find(self, letters: Sequence[DoubtfulLetter]) -> Found:
        """Return each kind of event once for a letter, with the first time."""
        frame = frame_of(letters)
        rows = db.session.execute(
            select(EmailEvent.shoot_id, EmailEvent.seq, EmailEvent.type, func.min(EmailEvent.at))
            .join(frame, and_(EmailEvent.shoot_id == frame.c.shoot_id, EmailEvent.seq == frame.c.seq))
            .where(EmailEvent.type.in_(list(TELLING)))
            .group_by(EmailEvent.shoot_id, EmailEvent.seq, EmailEvent.type)
        )
        return [
            (Key(shoot_id, seq), Evidence(*TELLING[event_type], at)) for shoot_id, seq, event_type, at in rows
        ]
