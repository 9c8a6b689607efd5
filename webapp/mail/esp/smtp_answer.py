"""One answer of a mail server: its words, and what a refusal means for the letter it is about."""

from dataclasses import dataclass

from webapp.mail.domain.parcel import Outcome, Parcel
from webapp.mail.domain.smtp_replies import Phase, judge_reply

LONGEST_TEXT = 500  # characters of a reply that are kept for people


class ProtocolError(Exception):
    """The other side does not speak SMTP as we know it; the connection is of no more use."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, of one line or several, each without its code."""

    code: int
    lines: list[str]

    @property
    def text(self) -> str:
        """The reply on one line; an enhanced status repeated on each line is kept once."""
        status, _, _ = self.lines[0].partition(" ")
        first, *others = self.lines
        more = [line.removeprefix(status).strip() if status[:1].isdigit() else line for line in others]
        return " ".join([first, *more]).strip()[:LONGEST_TEXT]


def outcome_of(parcel: Parcel, phase: Phase, code: int, text: bytes) -> Outcome:
    """Return what a refusal means for a letter."""
    judgement = judge_reply(phase, code, words(text))
    return Outcome(parcel.seq, judgement.verdict, code, judgement.reply, judgement.retry_after)


def words(line: bytes) -> str:
    """Return a server's words as one clean line."""
    text = line.decode("utf-8", "replace").strip()
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text[:LONGEST_TEXT]


def check_in_turn(code: int) -> None:
    """Refuse to go on after a reply that is neither yes nor no.

    Raises:
        ProtocolError: the code is below 400.
    """
    if code < 400:
        raise ProtocolError(f"The mail server answered {code} out of turn")
