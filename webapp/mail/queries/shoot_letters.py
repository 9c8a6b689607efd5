"""One question about a shoot's letters that pages of letters ask: how many are in which state."""

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.mail.models.shoot import ShootTally


def count_states(shoot_id: int) -> dict[str, int]:
    """Return how many letters of a shoot are in each state; a state without letters is left out."""
    rows = db.session.execute(
        select(ShootTally.state, func.sum(ShootTally.letter_count))
        .where(ShootTally.shoot_id == shoot_id)
        .group_by(ShootTally.state)
    )
    return {state: int(count) for state, count in rows if count}
