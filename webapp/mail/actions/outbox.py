"""The one door by which other wings cause mail: promise letters, take them back, let them go.

A promised letter is a row in the transaction of its cause. Nothing here speaks to a mail server, and nothing
is sent from inside a transaction: rolled back, it was never promised.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func

from webapp.core.errors import ConflictError, StaffError
from webapp.core.transaction import transaction
from webapp.core.wake import wake
from webapp.mail.actions.render import compile_version
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.domain.states import Lane, ShootKind, ShootState
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.sender import Sender
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.chunk import cut_chunks
from webapp.mail.queries.letter_texts import find_letter_text, pin_letter_text
from webapp.mail.queries.letters import find_senders
from webapp.mail.queries.outbox import (
    Written,
    cancel_by_key,
    cancel_held_batch,
    find_known_keys,
    find_locales,
    open_gate,
    release_held,
    write_letters,
)
from webapp.mail.queries.outbox_values import forget_value

URGENT_UP_TO = 200  # letters: what is more goes behind nobody's back, on the bulk lane

Constants = Callable[[str], Mapping[str, str]]
"""Values of the merge fields that are the same for all readers of a language."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """One promised letter.

    Args:
        person_id: who gets it.
        dedupe_key: what it is, unique for ever: ``{role}:{application}:{number}:{person}``.
        values: merge values of this letter by field; those of the person are looked up.
        locale: the language it is in; None is the person's own.
        words: edited words for this one letter; None is the template's.
    """

    person_id: int
    dedupe_key: str
    values: Mapping[str, str | None] = field(default_factory=dict)
    locale: str | None = None
    words: LetterText | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """What causes letters, and how they go out.

    Args:
        role: a ``LetterRole``'s name.
        programme_id, event_id: where they belong; also chooses template and sender.
        constants: values that are the same for all readers of a language.
        author_id: the staff user who caused them, None for the system and for visitors.
        locale: the place's language, for people who have not said theirs.
        hold_until: not before this moment; None is at once.
        gate: not before this is opened (``open_for``), for example ``mailbox:7``.
        batch: one word for all shoots of one deed, by which it is undone, for example ``wave:12``.
        reply_to: where answers go, one or more addresses separated by commas; None is the sender's.
        sender_id: whom they are from; None is the closest one to the place.
        attachment_ids: files that go with every letter.
    """

    role: str
    programme_id: int | None
    event_id: int | None
    constants: Constants
    author_id: int | None = None
    locale: str = "en"
    hold_until: datetime | None = None
    gate: str | None = None
    batch: str | None = None
    reply_to: str | None = None
    sender_id: int | None = None
    attachment_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """What was promised.

    Args:
        shoot_ids: one for each language or edited letter.
        written: keys of letters that will go out.
        skipped: reasons by key, of those who may not be written to; they have a row as well.
        known: keys that a letter was promised under before; nothing was written for them.
    """

    shoot_ids: tuple[int, ...]
    written: frozenset[str]
    skipped: Mapping[str, str]
    known: frozenset[str]


def post_letters(errand: Errand, addressees: Sequence[Addressee]) -> Posted:
    """Promise letters: one row each, in the open transaction.

    Args:
        errand: what causes them.
        addressees: who gets one. A key under which a letter was promised before is passed over.

    Raises:
        StaffError: there is no sender, or the words cannot be made into a letter; nothing was written.
        OperatorError: there are no words for the role.
    """
    with transaction():
        known = find_known_keys([a.dedupe_key for a in addressees])
        wanted = {a.dedupe_key: a for a in addressees if a.dedupe_key not in known}
        locales = find_locales([a.person_id for a in wanted.values() if a.locale is None])
        texts: dict[str, LetterText] = {}
        by_words: dict[int, LetterText] = {}  # by identity: one shoot for each text
        members: defaultdict[int, list[Addressee]] = defaultdict(list)
        for one in wanted.values():
            locale = one.locale or locales.get(one.person_id) or errand.locale
            if one.words is None and locale not in texts:
                texts[locale] = find_letter_text(errand.role, errand.programme_id, errand.event_id, locale)
            text = one.words or texts[locale]
            by_words[id(text)] = text
            members[id(text)].append(one)
        shoots: list[int] = []
        rows: list[Written] = []
        for mark, text in by_words.items():
            shoot, written = _post_group(errand, text, members[mark])
            shoots.append(shoot.id)
            rows += written
        return Posted(
            shoot_ids=tuple(shoots),
            written=frozenset(row.dedupe_key for row in rows if row.reason is None),
            skipped={row.dedupe_key: row.reason for row in rows if row.reason is not None},
            known=frozenset(known),
        )


def _post_group(errand: Errand, text: LetterText, group: Sequence[Addressee]) -> tuple[Shoot, list[Written]]:
    """Write the letters that have the same words."""
    with transaction() as session:
        version = pin_letter_text(errand.role, text)
        shoot = _new_shoot(errand, version, _find_sender(errand), len(group))
        session.add(shoot)
        session.flush()
        rows = write_letters(shoot, [(one.person_id, one.dedupe_key, one.values) for one in group])
        if rows:
            cut_chunks(shoot.id)
        if shoot.state == ShootState.SENDING:
            wake(shoot.lane)
        return shoot, rows


def _find_sender(errand: Errand) -> Sender:
    allowed = find_senders(errand.programme_id, errand.event_id)
    chosen = [s for s in allowed if errand.sender_id in (None, s.id)]
    if not chosen:
        raise StaffError(
            "There is no sender that this letter may come from. Add one under Settings.", field="sender"
        )
    return chosen[0]


def _new_shoot(errand: Errand, version: LetterVersion, sender: Sender, count: int) -> Shoot:
    """Return the shoot of one group, not yet stored."""
    values = {
        **errand.constants(version.locale),
        "sender.name": sender.display_name,
        "letter.reason": version.reason,
    }
    role = LETTER_ROLES.get(errand.role)
    is_free = errand.hold_until is None and errand.gate is None
    place = f"event-{errand.event_id}" if errand.event_id else f"programme-{errand.programme_id or 0}"
    return Shoot(
        letter_version_id=version.id,
        programme_id=errand.programme_id,
        event_id=errand.event_id,
        sender_id=sender.id,
        author_id=errand.author_id,
        kind=ShootKind.BULK if role.is_bulk else ShootKind.ESSENTIAL,
        lane=Lane.URGENT if count <= URGENT_UP_TO else Lane.BULK,
        sender_line={
            "address": sender.address,
            "display_name": sender.display_name,
            "reply_to": errand.reply_to if errand.reply_to is not None else sender.reply_to,
            "list_id": f"{place}.{sender.address.rpartition('@')[2]}",
        },
        constants=values,
        fields=list(compile_version(version, values).fields),
        audience={},
        cause=errand.role,
        batch=errand.batch,
        gate=errand.gate,
        scheduled_at=errand.hold_until,
        attachment_ids=list(errand.attachment_ids),
        state=ShootState.SENDING if is_free else ShootState.HELD,
        started_at=func.now() if is_free else None,
    )


def cancel_letters(keys: Collection[str], *, why: str) -> set[str]:
    """Take letters back that nobody has begun to hand over, one by one.

    Returns:
        The keys of those that were taken back; the others are on their way or have arrived.
    """
    with transaction():
        return cancel_by_key(keys, why)


def undo_batch(batch: str, *, why: str) -> int:
    """Take all letters of a deed back, or none.

    Returns:
        How many letters were cancelled.

    Raises:
        ConflictError: some of them are on their way already; nothing was cancelled.
    """
    with transaction():
        cancelled, gone = cancel_held_batch(batch, why)
        if gone:
            raise ConflictError("The letters are on their way already; this can no longer be undone.")
        return cancelled


def release_batch(batch: str) -> None:
    """Let the letters of a deed go at once, without waiting for the end of their time or for their gate."""
    with transaction():
        for lane in release_held(batch):
            wake(lane)


def forget_in_batch(batch: str, name: str) -> int:
    """Take a merge value out of letters of a deed that wait for something which will not come.

    Args:
        batch: the deed.
        name: the merge field, for example ``mailbox.address``.

    Returns:
        How many letters named it.
    """
    with transaction():
        return forget_value(batch, name)


def open_for(gate: str) -> int:
    """Let letters that wait for something wait no longer; the time of each still holds.

    Returns:
        How many shoots waited for it.
    """
    with transaction():
        return open_gate(gate)
