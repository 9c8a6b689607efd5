"""Concern: letters of which nobody knows whether they arrived; they are never sent again by themselves."""

from webapp.catalog.troubled_letters import TroubledLetters
from webapp.mail.domain.states import EmailState
from webapp.mail.queries.troubles import Trouble, TroubledLetter
from webapp.people.domain.concerns import Way, register_concern


@register_concern
class Uncertain(TroubledLetters):
    """Letters handed over without an answer about which nobody has decided."""

    name = "uncertain"
    label = "Uncertain"
    rank = 22
    # one that was left or sent again bears that as its reason
    trouble = Trouble(EmailState.UNCERTAIN, reason="")
    list_page, in_log = "uncertain.index", {}
    many = "{count} letters were handed over without an answer: perhaps there, perhaps not."

    def say_one(self, subject: str, letter: TroubledLetter) -> tuple[str, str]:
        """Say that nobody knows."""
        return (
            f"“{subject}” was handed over without an answer: perhaps it is there, perhaps not.",
            "Decide",
        )

    def way_out(self, letter: TroubledLetter) -> Way:
        """Return the worklist, where what is known of it stands beside it."""
        return Way("uncertain.index", {"shoot": letter.shoot_id})
