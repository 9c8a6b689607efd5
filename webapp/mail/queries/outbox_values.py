"""Take a value out of letters that are held, which must not be kept longer than it is good for."""

from sqlalchemy import Table, bindparam, select, update

from webapp.core.database import db
from webapp.mail.domain.states import ShootState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot

_emails: Table = EmailLog.__table__  # type: ignore[assignment]  # a mapped class's table is a Table


def forget_value(batch: str, name: str) -> int:
    """Take a merge value out of those letters of a batch that wait for a gate; their templates leave it out.

    Returns:
        How many letters named it.
    """
    shoots = db.session.execute(
        select(Shoot.id, Shoot.fields)
        .where(Shoot.batch == batch, Shoot.state == ShootState.HELD, Shoot.gate.is_not(None))
        .order_by(Shoot.id)
        .with_for_update()
    ).all()
    count = 0
    for shoot_id, names in shoots:
        if name in names:
            count += _forget_value(shoot_id, names.index(name))
    return count


def _forget_value(shoot_id: int, place: int) -> int:
    """Take one value out of a shoot's letters, which are few while they are held; return how many had it."""
    rows = db.session.execute(
        select(_emails.c.seq, _emails.c.merge_values).where(_emails.c.shoot_id == shoot_id).with_for_update()
    )
    emptied = [
        {"one": seq, "values": [*values[:place], None, *values[place + 1 :]]}
        for seq, values in rows
        if values[place] is not None
    ]
    if emptied:
        one = (_emails.c.shoot_id == shoot_id) & (_emails.c.seq == bindparam("one"))
        db.session.connection().execute(
            update(_emails).where(one).values(merge_values=bindparam("values")), emptied
        )
    return len(emptied)
