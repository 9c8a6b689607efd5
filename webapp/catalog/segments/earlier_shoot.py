"""Segment: recipients of an earlier shoot."""

from collections.abc import Mapping

from sqlalchemy import Select, or_, select

from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.mail.domain.states import EmailState, ShootKind
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.segments import Option, Place, Segment, Setting, register_segment
from webapp.people.queries.scope import within

WHICH = {"sent": "who got it", "not-sent": "who did not get it", "all": "everybody in it"}
CHOICES = 50  # the picker offers the newest; an older one can still be named by its number


@register_segment
class EarlierShoot(Segment):
    """People that an earlier shoot was meant for: all of them, those who got it, or those who did not."""

    name = "shoot"
    label = "Recipients of an earlier shoot"
    description = "Everybody an earlier letter was sent to; also good to leave out."
    settings = (Setting("shoot", "which shoot"), Setting("which", "who of them", is_required=False))

    def _shoot(self, settings: Mapping[str, str], place: Place) -> Shoot:
        """Return the shoot that is named, within the scope."""
        number = self.need(settings, "shoot")
        found = None
        if number.isascii() and number.isdigit():
            found = db.session.scalar(
                select(Shoot).where(
                    Shoot.id == int(number), within(place.scope, Shoot.programme_id, Shoot.event_id)
                )
            )
        if found is None:
            raise StaffError(f"There is no shoot {number[:20]}.", field="shoot")
        return found

    def _which(self, settings: Mapping[str, str]) -> str:
        """Return which of its people are meant."""
        which = str(settings.get("which") or "all")
        if which not in WHICH:
            raise StaffError(f"“{which[:20]}” is none of: {', '.join(WHICH)}.", field="which")
        return which

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return its people, as they are now."""
        which = self._which(settings)
        query = select(EmailLog.person_id).where(EmailLog.shoot_id == self._shoot(settings, place).id)
        if which == "sent":
            query = query.where(EmailLog.state == EmailState.SENT)
        elif which == "not-sent":
            query = query.where(EmailLog.state != EmailState.SENT)
        return query

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return it with the letter's subject."""
        shoot = self._shoot(settings, place)
        return f"Shoot {shoot.id}, {WHICH[self._which(settings)]}: {shoot.version.subject}"

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return the newest shoots, or who of them may be meant."""
        if setting == "which":
            return [Option(value, label) for value, label in WHICH.items()]
        shoots = db.session.scalars(
            select(Shoot)
            .where(
                within(place.scope, Shoot.programme_id, Shoot.event_id),
                Shoot.kind != ShootKind.TEST,
                # of the letters that write themselves only those that went to several people at once
                or_(Shoot.cause.is_(None), Shoot.batch.isnot(None)),
            )
            .order_by(Shoot.id.desc())
            .limit(CHOICES)
        )
        return [Option(str(s.id), f"{s.id}: {s.version.subject}") for s in shoots]
