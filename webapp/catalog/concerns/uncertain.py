"""Concern: letters of which nobody knows whether they arrived; they are never sent again by themselves."""

from webapp.catalog.troubled_letters import TroubledLetters
from webapp.mail.domain.states import EmailState
from webapp.mail.queries.troubles import Trouble, TroubledLetter
from webapp.people.domain.concerns import register_concern


@register_concern
class Uncertain(TroubledLetters):
    """Letters handed over without an answer that nobody has sent again."""

    name = "uncertain"
    label = "Uncertain"
    rank = 22
    trouble = Trouble(EmailState.UNCERTAIN)
    in_log = {"state": EmailState.UNCERTAIN}
    many = "{count} letters were handed over without an answer: perhaps there, perhaps not."

    def say_one(self, subject: str, letter: TroubledLetter) -> tuple[str, str]:
        """Say that nobody knows."""
        return (
            f"“{subject}” was handed over without an answer: perhaps it is there, perhaps not.",
            "Decide",
        )
