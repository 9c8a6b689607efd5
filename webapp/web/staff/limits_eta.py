"""When a letter would be through, or a shoot will be, in the zone and the words of the person at the screen."""

from datetime import datetime

from flask import current_app

from webapp.core.clock import now
from webapp.core.errors import OperatorError
from webapp.mail.domain.limits_estimate import Estimate, estimate
from webapp.mail.domain.report import Pace, ShootSummary
from webapp.mail.domain.states import ShootState
from webapp.mail.esp.server import find_server
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.limits_estimate import plan_course, shoot_course
from webapp.web.staff.letter_frame import LetterFrame
from webapp.web.theme import reader_zone


def server_of(sender: Sender) -> str | None:
    """Return the mail server of a sender, ``host:port``; None where it cannot be said."""
    settings, vault = current_app.extensions["settings"], current_app.extensions["vault"]
    try:
        server = find_server(vault.open(sender.account) if sender.account else settings.smtp_url)
    except OperatorError:
        return None
    return server.name if server else None


def estimate_letter(frame: LetterFrame, count: int) -> Estimate | None:
    """Say when a letter would be through, were it sent now; None where nobody would get it."""
    if not count or frame.sender is None:
        return None
    sender = frame.sender
    course = plan_course(sender, server_of(sender), count, frame.audience, frame.place, frame.kind)
    return estimate(course, now(), reader_zone())


def estimate_shoot(
    shoot: Shoot, sender: Sender | None, summary: ShootSummary, pace: Pace, at: datetime
) -> Estimate | None:
    """Say when a shoot will be through; None where it stands still for a reason that is no limit.

    Args:
        shoot, sender, summary, pace: of the shoot.
        at: the database's time.
    """
    count = summary.pending + summary.sending
    if summary.state != ShootState.SENDING or sender is None or not count:
        return None
    course = shoot_course(shoot, sender, server_of(sender), count, pace.per_second)
    answer = estimate(course, at, reader_zone())
    return answer if answer.waits_until is not None or pace.per_second != 0 else None
