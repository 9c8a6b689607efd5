"""Judges what came of the letters of a fault: lost, twice, uncertain, how long nothing went out."""

import json
import time
from dataclasses import asdict, dataclass, field

from sqlalchemy import func, select

from tests.faults.fault import Bounds, Fault
from tests.faults.history import find_wrong_paths
from tests.faults.world import World
from webapp.core.database import db
from webapp.mail.domain.states import REMAINING, EmailState
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import ShootTally


@dataclass(slots=True)
class Report:
    """What was seen of one fault; see `tests.faults.__main__` for what the letters mean."""

    fault: str
    number: int
    L: int
    D: int
    Q: int
    Q_bound: int
    R: float | None
    R_bound: float
    gap: float
    balanced: bool
    paths: bool
    letters: int
    accepted: int
    seed: int
    seconds: float = 0.0
    ok: bool = False
    wrong: list[str] = field(default_factory=list)
    notes: dict[str, object] = field(default_factory=dict)

    def to_line(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def judge(fault: Fault, world: World, bounds: Bounds, seed: int) -> Report:
    """Compare the rows with the ledger.

    Args:
        fault: which.
        world: in which it happened; everything is at rest by now.
        bounds: what it may cost.
        seed: of everything that was drawn.
    """
    db.session.rollback()
    ledger = world.ledger.read_on()
    rows = db.session.execute(
        select(EmailLog.shoot_id, EmailLog.address, EmailLog.state).where(EmailLog.shoot_id.in_(world.shoots))
    ).all()
    states = {row.address: row.state for row in rows}
    accepted = ledger.accepted
    # Every shoot has come to its end by now, so what is still to be sent will never be.
    unsent = {EmailState.SENT, *REMAINING}
    lost = [address for address, state in states.items() if state in unsent and not accepted[address]]
    twice = [address for address, times in accepted.items() if times > 1]
    known = {EmailState.SENT, EmailState.UNCERTAIN}
    misnamed = [a for a in accepted if states.get(a) not in known]
    uncertain = sum(row.state == EmailState.UNCERTAIN for row in rows)
    resumed = find_resume(world)
    wrong = find_wrong_paths()
    balances = _is_balanced(world, len(rows))
    report = Report(
        fault=fault.name,
        number=fault.number,
        L=len(lost) + max(0, world.audience - len(rows)),
        D=len(twice),
        Q=uncertain,
        Q_bound=bounds.uncertain,
        R=resumed,
        R_bound=bounds.resume,
        gap=round(ledger.longest_gap(), 2),
        balanced=balances,
        paths=not wrong,
        letters=world.letters,
        accepted=sum(accepted.values()),
        seed=seed,
        seconds=round(time.monotonic() - world.began, 1),
        wrong=wrong,
        notes=world.notes,
    )
    if misnamed:
        report.wrong.append(f"{len(misnamed)} arrived and are not called sent or uncertain: {misnamed[:5]}")
    is_within = uncertain <= bounds.uncertain and (resumed is None or resumed <= bounds.resume)
    report.ok = is_within and not (report.L or report.D or report.wrong) and balances
    return report


def find_resume(world: World) -> float | None:
    """Return the longest time from a strike until the next letter was accepted, in seconds.

    A strike after which nothing was left to send does not count; None when there is no other.
    """
    waits = [first - at for at in world.strikes if (first := world.ledger.first_after(at)) is not None]
    return round(max(waits), 2) if waits else None


def _is_balanced(world: World, row_count: int) -> bool:
    """Say whether the tallies are those of the rows, and their sum that of the audience."""
    for shoot_id in world.shoots:
        kept = db.session.execute(
            select(ShootTally.state, func.sum(ShootTally.letter_count))
            .where(ShootTally.shoot_id == shoot_id)
            .group_by(ShootTally.state)
        )
        if {state: int(number) for state, number in kept if number} != world.count_states(shoot_id):
            return False
    return row_count == (world.audience or row_count)
