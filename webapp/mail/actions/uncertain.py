"""Decide about uncertain letters: leave them as they are, count them as sent, or believe what tells later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from webapp.core.audit import record
from webapp.core.errors import StaffError
from webapp.core.transaction import transaction
from webapp.mail.domain.evidence import Evidence, Weight
from webapp.mail.domain.report_log import Key
from webapp.mail.domain.states import EmailState, UncertainReason
from webapp.mail.domain.uncertain import Deciding, Decision, check_numbers
from webapp.mail.models.shoot import CHUNK_SIZE
from webapp.mail.queries.evidence import DoubtfulLetter
from webapp.mail.queries.report_list import find_authors
from webapp.mail.queries.uncertain import mark_decided, settle_doubts, write_events
from webapp.mail.queries.uncertain_plan import find_plan
from webapp.people.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of an uncertain letter after all.

    Args:
        shoot_id, seq: which letter.
        state: ``SENT`` or ``FAILED``.
        words: what tells so, in a sentence for its history.
    """

    shoot_id: int
    seq: int
    state: EmailState
    words: str


def leave_letters(*, scope: Scope, deciding: Deciding) -> int:
    """Write down that somebody has looked at uncertain letters and leaves them as they are.

    They stay uncertain and leave the worklist; their history says who and when.

    Returns:
        How many.

    Raises:
        NotFoundError: they are not there or not for this member of staff.
        StaffError: there is nothing to decide any more, or other numbers than were shown.
    """
    letters = find_plan(scope, Decision.LEAVE, deciding.chosen).letters
    check_numbers(len(letters), deciding)
    words, count = f"By {_name(scope)}.", 0
    for some in _by_chunk(letters):
        with transaction():
            done = mark_decided([one.key for one in some], UncertainReason.LEFT)
            write_events(done, "left", [words] * len(done))
            _record("shoot.uncertain_left", some[0], scope, len(done))
        count += len(done)
    return _some(count)


def count_as_sent(*, scope: Scope, deciding: Deciding) -> int:
    """Move uncertain letters to *sent* of which evidence tells that they arrived; others stay.

    Returns:
        How many.

    Raises:
        NotFoundError: they are not there or not for this member of staff.
        StaffError: there is nothing to decide any more, no evidence, or other numbers than were shown.
    """
    plan = find_plan(scope, Decision.COUNT_AS_SENT, deciding.chosen)
    check_numbers(len(plan.letters), deciding)
    name, count = _name(scope), 0
    for some in _by_chunk(plan.letters):
        told = [
            Resolution(*one.key, EmailState.SENT, f"{_told(plan.evidence[one.key])} By {name}.")
            for one in some
        ]
        with transaction():
            done = resolve_all(told)
            _record("shoot.uncertain_counted_as_sent", some[0], scope, len(done))
        count += len(done)
    return _some(count)


def resolve_by_evidence(shoot_id: int, seq: int, *, words: str, state: EmailState = EmailState.SENT) -> bool:
    """Move one uncertain letter to what a later event tells: a report of a mail service, a bounce, an answer.

    Whatever a person decided about it meanwhile, what is known counts more. Telling it twice does it once.

    Args:
        shoot_id, seq: which letter, for example from its Message-ID.
        words: what tells so, in a sentence for its history.
        state: ``SENT``, or ``FAILED`` where it came back.

    Returns:
        Whether it was uncertain; any other letter is left as it is.
    """
    with transaction():
        return bool(resolve_all([Resolution(shoot_id, seq, state, words)]))


def resolve_all(resolutions: Sequence[Resolution]) -> list[Key]:
    """Move uncertain letters to what became of them, many by one statement, in one transaction.

    Returns:
        Those that were uncertain, in order.

    Raises:
        ValueError: a state is neither *sent* nor *failed*.
    """
    if {one.state for one in resolutions} - {EmailState.SENT, EmailState.FAILED}:
        raise ValueError("Evidence tells that a letter was sent or that it failed, nothing else.")
    latest = {Key(one.shoot_id, one.seq): one for one in resolutions}
    keys = sorted(latest)
    with transaction():
        done = settle_doubts(keys, [latest[key].state for key in keys], [latest[key].words for key in keys])
        for state, event in ((EmailState.SENT, "counted_sent"), (EmailState.FAILED, "failed")):
            those = [key for key in done if latest[key].state == state]
            if those:
                write_events(those, event, [latest[key].words for key in those])
    return done


def _by_chunk(letters: Sequence[DoubtfulLetter]) -> Iterator[list[DoubtfulLetter]]:
    """Yield letters chunk by chunk: each is a transaction of its own, which holds no worker's tallies up for long."""
    for _, some in groupby(
        sorted(letters, key=lambda one: one.key), key=lambda one: (one.shoot_id, one.seq // CHUNK_SIZE)
    ):
        yield list(some)


def _record(verb: str, letter: DoubtfulLetter, scope: Scope, count: int) -> None:
    """Write a deed into the audit trail of the letters' shoot."""
    if count:
        record(
            verb,
            "shoot",
            letter.shoot_id,
            actor_id=scope.user_id,
            programme_id=letter.programme_id,
            event_id=letter.event_id,
            letters=count,
        )


def _name(scope: Scope) -> str:
    """Return what colleagues call whoever decides."""
    return find_authors([scope.user_id]).get(scope.user_id or 0, "whoever runs Postroom")


def _told(evidence: Sequence[Evidence]) -> str:
    """Return what told that a letter arrived."""
    return next((one.words for one in evidence if one.weight == Weight.ARRIVED), "")


def _some(count: int) -> int:
    """Return a count.

    Raises:
        StaffError: it is nought: somebody else was quicker.
    """
    if count == 0:
        raise StaffError("Somebody else has just decided about these letters.")
    return count
