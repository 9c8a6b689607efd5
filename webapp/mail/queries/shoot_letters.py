"""Small questions that pages ask about shoots: how their letters stand, and which belong to one deed."""

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.mail.models.shoot import Shoot, ShootTally


def count_states(shoot_id: int) -> dict[str, int]:
    """Return how many letters of a shoot are in each state; a state without letters is left out."""
    rows = db.session.execute(
        select(ShootTally.state, func.sum(ShootTally.letter_count))
        .where(ShootTally.shoot_id == shoot_id)
        .group_by(ShootTally.state)
    )
    return {state: int(count) for state, count in rows if count}


def find_shoots(batches: Collection[str]) -> dict[str, list[int]]:
    """Return the shoots of batches, by batch."""
    rows = db.session.execute(
        select(Shoot.batch, Shoot.id).where(Shoot.batch.in_(batches)).order_by(Shoot.id)
    )
    found: defaultdict[str, list[int]] = defaultdict(list)
    for batch, shoot_id in rows:
        found[batch or ""].append(shoot_id)
    return dict(found)
