"""Concern: letters that the other side refused for good; the address is wrong, or gone."""

from webapp.catalog.troubled_letters import TroubledLetters, way_to
from webapp.mail.domain.report_words import explain_reply
from webapp.mail.domain.states import EmailState, FailReason
from webapp.mail.queries.troubles import Trouble, TroubledLetter
from webapp.people.domain.concerns import Way, register_concern


@register_concern
class Bounced(TroubledLetters):
    """Letters refused for good that nobody has sent again."""

    name = "bounced"
    label = "Came back"
    rank = 20
    trouble = Trouble(EmailState.FAILED, FailReason.ADDRESS)
    in_log = {"state": EmailState.FAILED, "reason": FailReason.ADDRESS}
    many = "{count} letters were refused by their readers’ mail servers."

    def say_one(self, subject: str, letter: TroubledLetter) -> tuple[str, str]:
        """Say what their mail server said, or that the address has been corrected since."""
        if letter.current_address != letter.address:
            return f"“{subject}” came back. Their address has been corrected since.", "Send it again"
        said = explain_reply(letter.detail or "") or "Their mail server refused it."
        action = "Correct the address" if letter.is_known else "See the letter"
        return f"“{subject}” to {letter.address} came back. {said}", action

    def way_out(self, letter: TroubledLetter) -> Way:
        """Lead to the address, and from there to the letter; to the letter where nothing is to be corrected."""
        at = way_to(letter)
        if not letter.is_known or letter.current_address != letter.address:
            return at
        return Way("person.edit_view", {"id": letter.person_id}, then=at)
