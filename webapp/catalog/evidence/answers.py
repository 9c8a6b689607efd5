"""Evidence: the recipient answered by a link that only letters like this one carry."""

from collections.abc import Sequence

from sqlalchemy import and_, select

from webapp.core.database import db
from webapp.mail.domain.evidence import Evidence, Weight
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.report_log import Key
from webapp.mail.queries.evidence import DoubtfulLetter, EvidenceKind, Found, frame_of, register_evidence
from webapp.programme.models.application import Application
from webapp.programme.models.newsletter import Consent, NewsletterList


def carrying(letters: Sequence[DoubtfulLetter], field: str) -> list[DoubtfulLetter]:
    """Return the letters that Postroom wrote by itself and whose words must or may name a link."""
    roles = {name for name, role in LETTER_ROLES.items() if field in role.required or field in role.fields}
    return [letter for letter in letters if letter.cause in roles]


@register_evidence
class InvitationAnswered(EvidenceKind):
    """They said yes or no to the invitation after this letter, which carries the link, was handed over."""

    name = "invitation_answered"

    def find(self, letters: Sequence[DoubtfulLetter]) -> Found:
        """Return the answers of the letters' recipients; those that staff entered for them do not count."""
        asked = carrying(letters, "rsvp.link")
        if not asked:
            return []
        frame = frame_of(asked)
        rows = db.session.execute(
            select(frame.c.shoot_id, frame.c.seq, Application.rsvp, Application.rsvp_at)
            .join(
                Application,
                and_(Application.person_id == frame.c.person_id, Application.event_id == frame.c.event_id),
            )
            .where(Application.rsvp_by == "person", Application.rsvp_at > frame.c.handed_at)
        )
        return [
            (
                Key(shoot_id, seq),
                Evidence(
                    Weight.ARRIVED, f"They answered the invitation with {answer}, by a link like its own.", at
                ),
            )
            for shoot_id, seq, answer, at in rows
        ]


@register_evidence
class SubscriptionConfirmed(EvidenceKind):
    """They confirmed a subscription after the letter that asks for it was handed over."""

    name = "subscription_confirmed"

    def find(self, letters: Sequence[DoubtfulLetter]) -> Found:
        """Return the confirmations of the letters' recipients within the letters' programmes."""
        asked = carrying(letters, "newsletter.confirm_link")
        if not asked:
            return []
        frame = frame_of(asked)
        rows = db.session.execute(
            select(frame.c.shoot_id, frame.c.seq, Consent.at)
            .join(Consent, and_(Consent.person_id == frame.c.person_id, Consent.at > frame.c.handed_at))
            .join(
                NewsletterList,
                and_(
                    NewsletterList.id == Consent.list_id,
                    NewsletterList.programme_id == frame.c.programme_id,
                ),
            )
            .where(Consent.deed == "confirmed")
        )
        words = "They confirmed their subscription, by a link like its own."
        return [(Key(shoot_id, seq), Evidence(Weight.ARRIVED, words, at)) for shoot_id, seq, at in rows]
