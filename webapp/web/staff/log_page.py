"""What the page of one letter shows: the exact copy, its history in words, and why it did or did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from webapp.core.errors import StaffError
from webapp.mail.actions.render import exact_copy
from webapp.mail.domain.held_back import held_back
from webapp.mail.domain.letter_copy import LetterCopy, read_copy
from webapp.mail.domain.report_letter import Answer, Fate, Step, explain
from webapp.mail.domain.report_words import explain_reply, readable_subject, reason_words
from webapp.mail.domain.states import EmailState, ShootKind
from webapp.mail.domain.values import PoisonError
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import OptOut, Suppression
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report_letter import (
    Happening,
    LetterTo,
    find_copies,
    find_happenings,
    find_letters_to,
    find_suppression,
    find_wishes,
    source_key,
)
from webapp.people.domain.scope import Scope
from webapp.web.staff.stop_all import stop_in_force

log = structlog.get_logger()

RESENDABLE = (EmailState.SENT, EmailState.FAILED, EmailState.CANCELLED, EmailState.UNCERTAIN)
WISH_WORDS = {
    "all": "everything that is not essential",
    "programme": "letters of this programme",
    "event": "letters of this event",
}
_HAPPENED = {
    "deferred": ("Put off: their side asked to try later.", "clock"),
    "failed": ("Failed.", "alert"),
    "uncertain": ("Nobody knows whether it was taken.", "question"),
    "skipped": ("Left out.", "minus"),
    "left": ("Somebody looked and left it as it is.", "eye"),
    "counted_sent": ("Counts as sent after all.", "check"),
    "opted_out": ("They used the opt-out link of this letter.", "mail-off"),
}


@dataclass(frozen=True, slots=True)
class LetterView:
    """One letter as its page shows it.

    Args:
        shoot, row: the letter.
        raw: byte for byte as it was handed over; None where it never was.
        copy: the same, taken apart.
        no_copy: why there is none, in a sentence.
        answer: why they did or did not get it.
        steps: its history, oldest first.
        copies: letters that sent it again.
        source: shoot and number of the letter that it repeats.
        others: other letters to the same person.
        wishes: opt-outs of the person that cover this letter now.
        suppression: why nobody may write to the address now.
        may_resend: the person at the screen may send it again.
        resend_words: what sending it again would mean.
    """

    shoot: Shoot
    row: EmailLog
    raw: bytes | None
    copy: LetterCopy | None
    no_copy: str
    answer: Answer
    steps: Sequence[Step]
    copies: Sequence[LetterTo]
    source: tuple[int, int] | None
    others: Sequence[LetterTo]
    wishes: Sequence[OptOut]
    suppression: Suppression | None
    may_resend: bool
    resend_words: str

    @property
    def subject(self) -> str:
        """Return the letter's own subject where it was handed over, else as lists show it."""
        given = (
            next((value for name, value in self.copy.headers if name == "Subject"), "") if self.copy else ""
        )
        return given or readable_subject(self.shoot.version.subject, self.shoot.constants)


def read_raw(shoot: Shoot, row: EmailLog) -> tuple[bytes | None, str]:
    """Return a letter as it was handed over, or a sentence that says why there is no such thing."""
    try:
        raw = exact_copy(shoot, row)
    except PoisonError as error:
        return None, f"It could not be written for this recipient: {error}"
    except (StaffError, ValueError) as error:
        log.error("letter cannot be shown again", shoot=shoot.id, seq=row.seq, error=str(error))
        return None, "It cannot be shown any more. Tell whoever runs Postroom."
    return raw, "" if raw is not None else "It was never handed over, so there is nothing that went out."


def view_letter(scope: Scope, shoot: Shoot, row: EmailLog) -> LetterView:
    """Gather everything about one letter; it has been asked for within the scope."""
    raw, no_copy = read_raw(shoot, row)
    copies = find_copies(scope, row)
    wishes = find_wishes(shoot, row.person_id)
    suppression = find_suppression(row.address)
    fate = Fate(
        state=row.state,
        reason=row.reason,
        detail=row.detail,
        attempt=row.attempt,
        shoot_state=shoot.state,
        shoot_reason=shoot.state_reason,
        held=held_back(row.seq, shoot.open_to, is_stopped=stop_in_force() is not None),
        is_opted_out=bool(wishes),
        is_suppressed=suppression is not None,
        was_sent_again=bool(copies),
    )
    return LetterView(
        shoot=shoot,
        row=row,
        raw=raw,
        copy=read_copy(raw) if raw is not None else None,
        no_copy=no_copy,
        answer=explain(fate),
        steps=_tell(shoot, row, find_happenings(row.shoot_id, row.seq), copies),
        copies=copies,
        source=source_key(row),
        others=find_letters_to(scope, row),
        wishes=wishes,
        suppression=suppression,
        may_resend=row.state in RESENDABLE
        and row.address is not None
        and scope.may_send(shoot.programme_id, shoot.event_id),
        resend_words=_resend_words(shoot, row, wishes, suppression),
    )


def _resend_words(
    shoot: Shoot, row: EmailLog, wishes: Sequence[OptOut], suppression: Suppression | None
) -> str:
    """Return what would happen, in the sentences that the question shows."""
    words = {
        EmailState.SENT: "They have it, as far as anybody knows, and will get it a second time.",
        EmailState.UNCERTAIN: "They may have it already and would then get it twice.",
    }
    sentences = [f"The same letter goes to {row.address} once more, in front of all bulk mail."]
    sentences += [text for state, text in words.items() if row.state == state]
    if suppression is not None:
        sentences.append("But nothing may be sent to this address now: it will be left out.")
    elif wishes and shoot.kind == ShootKind.BULK:
        sentences.append("But they have opted out by now: it will be left out.")
    return " ".join(sentences)


def _tell(
    shoot: Shoot, row: EmailLog, happenings: Sequence[Happening], copies: Sequence[LetterTo]
) -> list[Step]:
    """Return a letter's history in words, oldest first."""
    frozen = (
        "Sent again: put on the list of a new shoot." if source_key(row) else "Put on the list of this shoot."
    )
    steps = [Step(shoot.started_at, frozen, icon="list")]
    steps += [_happened(one, row) for one in happenings]
    if row.handed_at is not None:
        tries = (
            f"Handed to the mail server, try {row.attempt}."
            if row.attempt > 1
            else "Handed to the mail server."
        )
        steps.append(Step(row.handed_at, tries, icon="send"))
    told = {one.type for one in happenings}
    if row.state == EmailState.SENT and "counted_sent" not in told:
        steps.append(Step(row.settled_at, "The mail server took it.", icon="check"))
    elif row.state == EmailState.SKIPPED and "skipped" not in told:
        why = reason_words(row.state, row.reason)
        steps.append(Step(row.settled_at, f"Left out: {why or 'on purpose'}.", icon="minus"))
    elif row.state == EmailState.CANCELLED:
        steps.append(Step(row.settled_at, "Cancelled with the rest of the shoot.", icon="close"))
    elif row.state in (EmailState.FAILED, EmailState.UNCERTAIN) and row.state not in told:
        words, icon = _HAPPENED[row.state]
        steps.append(Step(row.settled_at, words, row.detail or "", icon))
    steps += [
        Step(one.at, f"Sent again in shoot {one.shoot_id}.", icon="refresh") for one in copies if one.at
    ]
    steps.sort(key=lambda step: (step.at is not None, step.at or shoot.created_at))
    if row.state == EmailState.DEFERRED and row.next_at is not None:
        steps.append(Step(row.next_at, f"Next try, number {row.attempt + 1}.", icon="clock"))
    return steps


def _happened(one: Happening, row: EmailLog) -> Step:
    """Return an event in words."""
    words, icon = _HAPPENED.get(one.type, (one.type.replace("_", " ").capitalize() + ".", "info"))
    if one.type == "failed":
        words = f"Failed: {reason_words('failed', row.reason) or 'it could not be sent'}."
    meaning = explain_reply(one.detail) if one.type in {"failed", "deferred"} else ""
    said = "" if one.detail == (row.reason or "") else one.detail
    return replace(Step(one.at, f"{words} {meaning}".strip(), said), icon=icon)
