"""Why did(n't) they get it? Everything that is known of a person and a shoot, told in plain sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from webapp.mail.domain.report_words import explain_reply
from webapp.mail.domain.states import EmailState, FailReason, ShootKind, ShootState, SkipReason

When = Callable[[datetime], str]
"""How an instant is written, for example in the reader's zone."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An opt-out that covers the letter: of what, since when, said how ("" where nobody knows)."""

    words: str
    since: datetime
    how: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """What keeps letters from an address: why in words, since when, until when (None: for good)."""

    why: str
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Their letter of the shoot, as its row says."""

    state: str
    reason: str | None
    detail: str | None
    address: str | None
    handed_at: datetime | None
    settled_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Group:
    """One group that was chosen for, or left out of, an audience, and whether they belong to it now."""

    words: str
    has_them: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A person and a shoot.

    Args:
        state, state_reason: of the shoot.
        kind: a ``ShootKind``.
        cause: what staff call a letter that something caused by itself; "" for a letter that staff sent.
        scheduled_at: when it was or is to go out, or until when it is held.
        frozen_at: when its audience was written down; None while it was not.
        gate: what it waits for beside its time, in words; "" for nothing.
        held: what else their letter waits for, from `held_back`.
        row: their letter; None where there is none.
        wishes: their opt-outs that cover it now, the widest first.
        block: what keeps letters from their address now.
        has_address: they have one.
        known_since: when Postroom got to know them.
        joined_at: when they first belonged to the shoot's place; None where they do not.
        chosen, left_out: the groups of its audience.
        standing: what else is known of them there, in sentences.
    """

    state: str
    state_reason: str | None
    kind: str
    cause: str
    scheduled_at: datetime | None
    frozen_at: datetime | None
    gate: str
    row: Row | None
    wishes: tuple[Wish, ...]
    block: Block | None
    has_address: bool
    known_since: datetime
    joined_at: datetime | None
    chosen: tuple[Group, ...] = ()
    left_out: tuple[Group, ...] = ()
    standing: tuple[str, ...] = ()
    held: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The answer: yes, no, or nobody knows (yet); in sentences."""

    did_get: bool | None
    sentences: tuple[str, ...]


def tell_why(case: Case, when: When) -> Told:
    """Return why somebody did or did not get the letter of a shoot.

    Args:
        case: what is known.
        when: writes an instant.
    """
    if case.row is not None:
        told = _OF_ROWS.get(case.row.state, _of_other)(case, case.row, when)
    elif case.frozen_at is None and case.state not in (ShootState.CANCELLED, ShootState.SKIPPED):
        told = _not_yet(case, when)
    else:
        told = _not_chosen(case, when)
    return Told(told.did_get, tuple(sentence for sentence in told.sentences if sentence))


def _sent(case: Case, row: Row, when: When) -> Told:
    at = row.settled_at or row.handed_at
    day = f" on {when(at)}" if at else ""
    return Told(
        True,
        (
            f"They got it{day}: the mail server took it for {row.address or 'their address'}.",
            "If they do not see it, it is in their spam folder or was sorted away.",
        ),
    )


def _skipped(case: Case, row: Row, when: When) -> Told:
    if row.reason == SkipReason.OPTED_OUT:
        wishes = tuple(_wish(wish, when) for wish in case.wishes)
        past = "They had opted out then; they have taken that back since, so the next letter reaches them."
        return Told(False, ("It was left out for them.", *(wishes or (past,))))
    if row.reason == SkipReason.SUPPRESSED:
        past = "Their address was suppressed then; it no longer is, so the next letter reaches them."
        return Told(False, (_block(case.block, when) if case.block else past,))
    if row.reason == SkipReason.NO_ADDRESS:
        now = "They have one by now." if case.has_address else "There is still none."
        return Told(False, (f"Nobody knew an address of theirs. {now}",))
    return Told(False, ("It was left out for them on purpose.",))


def _failed(case: Case, row: Row, when: When) -> Told:
    day = f" on {when(row.settled_at)}" if row.settled_at else ""
    why = {
        FailReason.ADDRESS: "their mail server refused it for good",
        FailReason.GAVE_UP: "their mail server put it off until we gave up",
        FailReason.POISON: "something in their name or details cannot be put into a letter",
    }
    reason = next((words for known, words in why.items() if known == row.reason), "it could not be sent")
    said = f"Their server said: “{row.detail}”" if row.detail and row.reason != FailReason.POISON else ""
    return Told(
        False, (f"It failed{day}: {reason}.", explain_reply(row.detail or ""), said, _still(case, when))
    )


def _uncertain(case: Case, row: Row, when: When) -> Told:
    day = f" on {when(row.handed_at)}" if row.handed_at else ""
    return Told(
        None,
        (
            f"Nobody can know: it was handed over{day}, and the connection broke before there was an answer.",
            "It is never sent again by itself. Ask them, and send it again only if they do not have it.",
        ),
    )


def _cancelled(case: Case, row: Row, when: When) -> Told:
    day = f" on {when(row.settled_at)}" if row.settled_at else ""
    why = f" {case.state_reason}" if case.state_reason else ""
    return Told(False, (f"It was taken back{day}, before it left.{why}",))


def _deferred(case: Case, row: Row, when: When) -> Told:
    again = f" It is tried again at {when(row.next_at)}." if row.next_at else " It is tried again by itself."
    said = explain_reply(row.detail or "") or "Their mail server asked to try later."
    return Told(None, (f"Not yet. {said}{again}",))


def _pending(case: Case, row: Row, when: When) -> Told:
    return Told(None, (_waits(case, when), _still(case, when)))


def _of_other(case: Case, row: Row, when: When) -> Told:
    return Told(None, ("It is being handed over right now.",))


_OF_ROWS: dict[str, Callable[[Case, Row, When], Told]] = {
    EmailState.SENT: _sent,
    EmailState.SKIPPED: _skipped,
    EmailState.FAILED: _failed,
    EmailState.UNCERTAIN: _uncertain,
    EmailState.CANCELLED: _cancelled,
    EmailState.DEFERRED: _deferred,
    EmailState.PENDING: _pending,
}


def _waits(case: Case, when: When) -> str:
    """Return what a letter that is written waits for."""
    if case.state == ShootState.HELD:
        until = f"until {when(case.scheduled_at)}" if case.scheduled_at else ""
        gate = f"until {case.gate}" if case.gate else ""
        return f"It is held {' and '.join(filter(None, (until, gate))) or 'for a moment'}."
    words = {
        ShootState.PAUSED: "It waits: the shoot is paused, and goes on when somebody resumes it.",
        ShootState.HALTED: f"It waits: the shoot was halted. {case.state_reason or ''}".strip(),
        ShootState.MISSED: "It waits: its time passed, and somebody has to decide.",
        ShootState.CANCELLED: "The shoot was cancelled; this letter is about to be marked so.",
    }
    found = (sentence for state, sentence in words.items() if state == case.state)
    return next(found, case.held or "It waits for its turn and leaves any moment.")


def _still(case: Case, when: When) -> str:
    """Return what would keep the letter from them now, "" for nothing."""
    if not case.has_address:
        return "They have no address now."
    if case.block is not None:
        return _block(case.block, when)
    if case.wishes and case.kind == ShootKind.BULK:
        return _wish(case.wishes[0], when)
    return ""


def _wish(wish: Wish, when: When) -> str:
    how = f" {wish.how}" if wish.how else ""
    return f"They opted out of {wish.words} on {when(wish.since)}{how}."


def _block(block: Block, when: When) -> str:
    until = f", until {when(block.until)}" if block.until else ""
    return f"Their address is suppressed since {when(block.since)}{until}: {block.why}."


def _not_yet(case: Case, when: When) -> Told:
    """Return the answer for a shoot whose audience is not written down yet."""
    at = f"It is planned for {when(case.scheduled_at)}." if case.scheduled_at else "It has not gone out yet."
    if case.state == ShootState.MISSED:
        at = "It has not gone out: its time passed, and somebody has to decide."
    against = _groups_against(case)
    if against:
        return Told(None, (at, "As things stand they will not get it.", *against, *case.standing))
    keeps = _still(case, when)
    if keeps:
        return Told(None, (at, "As things stand they will be left out.", keeps))
    return Told(None, (at, "As things stand they will get it."))


def _not_chosen(case: Case, when: When) -> Told:
    """Return the answer where the audience was written down without them."""
    if case.cause:
        words = f"“{case.cause}” is written for those whom its cause concerns; they were not among them."
        return Told(False, (words, *case.standing))
    if case.state == ShootState.SKIPPED:
        words = "Nobody got it: its audience was empty when it was to go out."
        return Told(False, (words, *_groups_against(case), *case.standing))
    if case.frozen_at is None:
        return Told(False, ("Nobody got it: it never went out.",))
    at = when(case.frozen_at)
    if case.known_since > case.frozen_at:
        words = f"Its audience was written down on {at}; they are known only since {when(case.known_since)}."
        return Told(False, (words,))
    against = _groups_against(case)
    if against:
        return Told(False, ("They were not in its audience.", *against, *case.standing))
    if case.joined_at is not None and case.joined_at > case.frozen_at:
        words = f"They joined on {when(case.joined_at)}, after its audience was written down on {at}."
        return Told(False, (words, *case.standing))
    words = f"They fit its audience now, and did not when it was written down on {at}."
    return Told(False, (words, *case.standing))


def _groups_against(case: Case) -> tuple[str, ...]:
    """Return why the choice of its audience leaves them out now; nothing where it does not."""
    out = [group.words for group in case.left_out if group.has_them]
    if out:
        return (f"This group was left out on purpose, and they belong to it: {_quote(out)}.",)
    if case.chosen and not any(group.has_them for group in case.chosen):
        return (f"It went to {_quote([group.words for group in case.chosen])}; they do not belong there.",)
    return ()


def _quote(groups: list[str]) -> str:
    return ", ".join(f"“{words}”" for words in groups)
