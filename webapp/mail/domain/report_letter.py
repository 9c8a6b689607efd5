"""Why did they (not) get it? What became of one letter, as an answer for somebody who asks on the phone."""

from dataclasses import dataclass
from datetime import datetime

from webapp.mail.domain.report_words import explain_reply
from webapp.mail.domain.states import EmailState, FailReason, ShootState, SkipReason

UNCERTAIN_WORDS = (
    "It was handed over, and the connection broke before the mail server said whether it took it. "
    "So it may have arrived, and nobody here can know. It is never sent again by itself: "
    "ask the recipient, and send it again only if they do not have it."
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What is known of a letter.

    Args:
        state: an ``EmailState``.
        reason: why it was skipped or failed.
        detail: what the other side said.
        attempt: tries so far.
        shoot_state: of its shoot.
        shoot_reason: why the shoot is in that state.
        held: what else it waits for, from `held_back`.
        is_opted_out: the recipient's wish covers letters like this one now.
        is_suppressed: nobody may write to the address now.
        was_sent_again: a later copy of it was sent.
    """

    state: str
    reason: str | None = None
    detail: str | None = None
    attempt: int = 0
    shoot_state: str = ""
    shoot_reason: str | None = None
    held: str = ""
    is_opted_out: bool = False
    is_suppressed: bool = False
    was_sent_again: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A question that people ask of a letter, the answer, and what can be done."""

    question: str
    answer: str
    next_step: str = ""


_SKIPPED = {
    SkipReason.NO_ADDRESS: (
        "There is no e-mail address for them.",
        "Enter their address under People; letters from then on reach them.",
    ),
    SkipReason.SUPPRESSED: (
        "Nothing may be sent to their address: mail to it came back for good, they reported mail of ours as spam,"
        " or staff entered it.",
        "If the address works again, take it off the list of suppressed addresses.",
    ),
    SkipReason.OPTED_OUT: (
        "They have asked not to get letters like this one.",
        "Only they can change their mind: the page behind the opt-out link of any letter lets them.",
    ),
}
_FAILED = {
    FailReason.ADDRESS: (
        "Their mail server refused it for good.",
        "Check the address with them, correct it under People, and send this letter again.",
    ),
    FailReason.POISON: (
        "Their data could not be put into a letter, so it was never handed over. All the others went out.",
        "Correct what is named below under People, and send this letter again.",
    ),
    FailReason.GAVE_UP: (
        "Their mail server asked to try later, time and again, until trying longer would not have been decent.",
        "Ask them whether their mailbox is full or out of order, then send this letter again.",
    ),
}


def explain(fate: Fate) -> Answer:
    """Return the answer to the question that this letter's state raises."""
    match fate.state:
        case EmailState.SENT:
            return Answer(
                "Did they get it?",
                "The mail server took it. From here on it is in the hands of theirs.",
                "If they cannot find it: have them look for our address in the spam folder, and check how"
                " their address is written. It can be sent again.",
            )
        case EmailState.SKIPPED:
            return _known(_SKIPPED, fate, "It was left out on purpose.")
        case EmailState.FAILED:
            return _failed(fate)
        case EmailState.UNCERTAIN:
            return Answer("Did they get it?", UNCERTAIN_WORDS)
        case EmailState.CANCELLED:
            return Answer(
                "Why did they not get it?",
                "The shoot was cancelled before it was their turn.",
                "If they should have it all the same, send this letter alone.",
            )
        case EmailState.DEFERRED:
            return _deferred(fate)
        case EmailState.SENDING:
            return Answer("Did they get it?", "It is being handed over right now. Look again in a moment.")
        case _:
            return _waiting(fate)


def _known(shelf: dict[SkipReason, tuple[str, str]], fate: Fate, otherwise: str) -> Answer:
    """Return the answer for a reason on a shelf."""
    for reason, (answer, next_step) in shelf.items():
        if fate.reason == reason:
            is_over = (reason == SkipReason.OPTED_OUT and not fate.is_opted_out) or (
                reason == SkipReason.SUPPRESSED and not fate.is_suppressed
            )
            after = "That is over by now: the next letter reaches them." if is_over else next_step
            return Answer("Why did they not get it?", answer, after)
    return Answer("Why did they not get it?", otherwise)


def _failed(fate: Fate) -> Answer:
    """Return the answer for a letter that failed."""
    answer, next_step = next(
        (words for reason, words in _FAILED.items() if fate.reason == reason), ("It could not be sent.", "")
    )
    meaning = explain_reply(fate.detail or "") if fate.reason != FailReason.POISON else ""
    if fate.was_sent_again:
        next_step = "It has been sent again; what became of that is below."
    return Answer("Why did they not get it?", f"{answer} {meaning}".strip(), next_step)


def _deferred(fate: Fate) -> Answer:
    """Return the answer for a letter that is tried again later."""
    meaning = explain_reply(fate.detail or "") or "Their mail server asked to try later."
    return Answer(
        "Why have they not got it yet?", f"{meaning} It is tried again by itself; no need to do anything."
    )


def _waiting(fate: Fate) -> Answer:
    """Return the answer for a letter whose turn has not come."""
    words = {
        ShootState.HELD: (
            "It is held until what caused it can no longer be undone, or until something that it names is ready."
        ),
        ShootState.PAUSED: "The shoot is paused. It goes on when somebody resumes it.",
        ShootState.HALTED: f"The shoot was halted. {fate.shoot_reason or ''}".strip(),
        ShootState.CANCELLED: "The shoot was cancelled; this letter is about to be marked so.",
    }
    for state, answer in words.items():
        if fate.shoot_state == state:
            return Answer("Why have they not got it yet?", answer)
    return Answer(
        "Why have they not got it yet?", fate.held or "It waits for its turn. Look again in a moment."
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a letter's history; ``said`` is what the other side said, in its own words."""

    at: datetime | None
    words: str
    said: str = ""
    icon: str = "minus"
