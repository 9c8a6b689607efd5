"""Evidence: what became of the letters that were handed over in the same second as this one."""

from collections.abc import Sequence

from sqlalchemy import and_, func, select, true

from webapp.core.database import db
from webapp.mail.domain.evidence import Evidence, Weight
from webapp.mail.domain.report_log import Key
from webapp.mail.domain.states import EmailState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import CHUNK_SIZE
from webapp.mail.queries.evidence import DoubtfulLetter, EvidenceKind, Found, frame_of, register_evidence


@register_evidence
class Neighbours(EvidenceKind):
    """A window is marked at once, so letters of one chunk and second went the same way at the same time."""

    name, is_hint = "neighbours", True

    def find(self, letters: Sequence[DoubtfulLetter]) -> Found:
        """Return for each letter how its neighbours fared; each second of a chunk is counted once."""
        frame = frame_of(letters)
        chunk = frame.c.seq // CHUNK_SIZE
        seconds = select(frame.c.shoot_id, chunk.label("chunk"), frame.c.handed_at).distinct().subquery()
        fates = (
            select(
                func.count().label("all"),
                func.count().filter(EmailLog.state == EmailState.SENT).label("sent"),
                func.count().filter(EmailLog.state == EmailState.UNCERTAIN).label("uncertain"),
            )
            .where(
                EmailLog.shoot_id == seconds.c.shoot_id,
                EmailLog.seq >= seconds.c.chunk * CHUNK_SIZE,
                EmailLog.seq < (seconds.c.chunk + 1) * CHUNK_SIZE,
                EmailLog.handed_at == seconds.c.handed_at,
            )
            .lateral("fates")
        )
        rows = db.session.execute(
            select(frame.c.shoot_id, frame.c.seq, fates.c.all, fates.c.sent, fates.c.uncertain)
            .select_from(seconds.join(fates, true()))
            .join(
                frame,
                and_(
                    frame.c.shoot_id == seconds.c.shoot_id,
                    chunk == seconds.c.chunk,
                    frame.c.handed_at == seconds.c.handed_at,
                ),
            )
            .where(fates.c.all > 1)
        )
        return [
            (
                Key(shoot_id, seq),
                Evidence(
                    Weight.HINT,
                    f"Of the {count:,} letters handed over in the same second {sent:,} were taken"
                    f" and {doubtful:,} are uncertain.",
                ),
            )
            for shoot_id, seq, count, sent, doubtful in rows
        ]
