"""What a page on an application to host tells of the past: its letters, who did what, whose accounts are in use."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.mail.domain.states import ShootState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.people.models.person import Person
from webapp.people.models.user import User


@dataclass(frozen=True, slots=True)
class BatchLetter:
    """One letter of a decision.

    Args:
        role: which letter.
        reader: name of whoever gets it, else the address.
        address: where it goes.
        state: how it stands; ``held`` while its shoot is.
        reason: why it was not sent.
        leaves_at: when a held one may leave.
        is_waiting_for_mailbox: it also waits until the mailbox is there.
    """

    role: str
    reader: str
    address: str
    state: str
    reason: str | None
    leaves_at: datetime | None
    is_waiting_for_mailbox: bool


def find_batch_letters(batch: str) -> list[BatchLetter]:
    """Return the letters of one decision, by what they are and whom they are for.

    Args:
        batch: the word for all letters of a decision whose application the asker may see.
    """
    rows = db.session.execute(
        select(EmailLog, Shoot.state, Shoot.scheduled_at, Shoot.gate)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.batch == batch)
        .order_by(EmailLog.shoot_id, EmailLog.seq)
    )
    found = []
    for letter, shoot_state, scheduled_at, gate in rows:
        is_held = shoot_state == ShootState.HELD and letter.settled_at is None and letter.reason is None
        found.append(
            BatchLetter(
                role=(letter.dedupe_key or "").partition(":")[0],
                reader=letter.name or letter.address or "",
                address=letter.address or "",
                state="held" if is_held else letter.state,
                reason=letter.reason,
                leaves_at=scheduled_at if is_held else None,
                is_waiting_for_mailbox=is_held and (gate or "").startswith("mailbox:"),
            )
        )
    return found


def find_staff_names(user_ids: Collection[int | None]) -> dict[int, str]:
    """Return what members of staff are called, by account."""
    rows = db.session.execute(
        select(User.id, func.coalesce(func.nullif(Person.name, ""), User.email))
        .join(Person, Person.id == User.person_id)
        .where(User.id.in_({one for one in user_ids if one is not None}))
    )
    return {row[0]: row[1] for row in rows}


def find_people_with_password(person_ids: Collection[int]) -> set[int]:
    """Return which of these people have an account that they have used."""
    query = select(User.person_id).where(User.person_id.in_(person_ids), User.password.is_not(None))
    return set(db.session.scalars(query))
