"""Concern: letters that failed for another reason than their address."""

from webapp.catalog.troubled_letters import TroubledLetters
from webapp.mail.domain.report_words import reason_words
from webapp.mail.domain.states import EmailState, FailReason
from webapp.mail.queries.troubles import Trouble, TroubledLetter
from webapp.people.domain.concerns import register_concern


@register_concern
class Failed(TroubledLetters):
    """Letters that could not be written or were given up, and that nobody has sent again."""

    name = "failed"
    label = "Failed"
    rank = 21
    trouble = Trouble(EmailState.FAILED, FailReason.ADDRESS, is_other_reason=True)
    in_log = {"state": EmailState.FAILED}
    many = "{count} letters failed and were not sent again."

    def say_one(self, subject: str, letter: TroubledLetter) -> tuple[str, str]:
        """Say why."""
        why = reason_words(EmailState.FAILED, letter.reason) or "it could not be sent"
        return f"“{subject}” did not leave: {why}.", "Retry"
