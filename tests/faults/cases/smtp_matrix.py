"""Fault 5: the mail server refuses, hangs up or falls silent at every step of the conversation."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from tests.faults.fault import Bounds, register_fault
from tests.faults.sink_script import Phase, Trouble
from tests.faults.world import World
from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog

SILENCE = 1.2  # seconds; the time-outs of the mail server's URL are shorter
MOST_PER_LINE = 40  # letters
PATIENCE = "command_seconds=0.8&dot_seconds=0.8&greeting_seconds=0.8&connect_seconds=0.8"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the matrix.

    Args:
        trouble: what the server does to the letters of a domain of its own.
        end: the state that each of them must come to.
        reason: with which reason.
        tries: how often each may be put to the server at most; 0 is as often as is decent.
    """

    trouble: Trouble
    end: str
    reason: str | None = None
    tries: int = 0


def line(
    phase: Phase,
    reply: str,
    end: str,
    reason: str | None = None,
    *,
    tries: int = 0,
    first_times: int = 0,
    most: int = 0,
    seconds: float = 0.0,
    is_only_slow: bool = False,
    is_taken: bool = False,
) -> Line:
    """Return a line of the matrix; see `Trouble` and `Line` for the arguments."""
    trouble = Trouble(
        phase,
        reply,
        seconds=seconds,
        is_only_slow=is_only_slow,
        first_times=first_times,
        most=most,
        is_taken=is_taken,
    )
    return Line(trouble, end, reason, tries)


MATRIX = {
    "rcpt-later": line(Phase.RCPT, "451 4.3.0 Later", "sent", first_times=1),
    "rcpt-always-later": line(Phase.RCPT, "452 4.2.2 Full", "failed", "gave_up"),
    "rcpt-never": line(Phase.RCPT, "550 5.1.1 Nobody", "failed", "address", tries=1),
    "rcpt-drop": line(Phase.RCPT, "", "sent", first_times=1),
    "rcpt-silent": line(Phase.RCPT, "", "sent", seconds=SILENCE, most=1),
    "data-later": line(Phase.DATA, "451 4.3.0 Later", "sent", first_times=1),
    "data-drop": line(Phase.DATA, "", "sent", first_times=1),
    "data-421": line(Phase.DATA, "421 4.3.2 Closing", "sent", first_times=1),
    # small letters go out in one write, dot included, so nobody can know what was read of it
    "content-drop": line(Phase.CONTENT, "", "uncertain", tries=1),
    "dot-later": line(Phase.DOT, "451 4.3.0 Later", "sent", first_times=1),
    "dot-never": line(Phase.DOT, "554 5.6.0 Cannot be read", "failed", tries=1),
    "dot-drop": line(Phase.DOT, "", "uncertain", tries=1),
    "dot-drop-taken": line(Phase.DOT, "", "uncertain", tries=1, is_taken=True),
    "dot-silent": line(Phase.DOT, "", "uncertain", tries=1, seconds=SILENCE, is_taken=True),
    "dot-slow": line(Phase.DOT, "", "sent", tries=1, seconds=0.2, is_only_slow=True),
    "between-drop": line(Phase.BETWEEN, "", "sent", tries=1),
    "between-421": line(Phase.BETWEEN, "421 4.3.2 Closing", "sent", tries=1),
    "none": Line(Trouble(Phase.RCPT, domain="nowhere.example"), "sent"),
}


def check(world: World) -> None:
    """See that each line has come to its right end, and was tried no oftener than it may be."""
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.address, EmailLog.state, EmailLog.reason).where(EmailLog.shoot_id.in_(world.shoots))
    )
    tried = world.ledger.read_on().tried
    for address, state, reason in rows:
        assert address is not None
        name = address.rpartition("@")[2].removesuffix(".example")
        wanted = MATRIX[name]
        is_silent_once = wanted.trouble.most == 1
        assert state == wanted.end, f"{name}: {address} is {state} ({reason}), not {wanted.end}"
        assert wanted.reason in (None, reason), f"{name}: {address} failed for {reason}"
        most = wanted.tries or (2 if wanted.trouble.first_times or is_silent_once else 7)
        # A letter whose neighbour's trouble took the connection away may be put to the server again.
        assert tried[address] <= most + 3, f"{name}: {address} was put to the server {tried[address]} times"
        if state == "uncertain" or wanted.tries == 1:
            assert world.ledger.accepted[address] <= 1, f"{name}: {address} was taken twice"


def run_matrix(world: World, *leave_out: str, **offers: object) -> Bounds:
    """Send to all lines of the matrix (but these) at once, to a server that offers this."""
    world.audience = world.letters
    domains = [f"{name}.example" for name in MATRIX if name not in leave_out]
    # Each letter in trouble takes a second of somebody's patience: of a great many letters, most have none.
    domains += ["none.example"] * (world.letters // MOST_PER_LINE - len(domains))
    troubles = [
        replace(one.trouble, domain=f"{name}.example") for name, one in MATRIX.items() if name != "none"
    ]
    world.machinery.set_smtp(f"connections=4&{PATIENCE}")
    world.play(troubles=tuple(troubles), notes_tries=True, **offers)
    world.make_shoot(world.make_event(domains=tuple(domains)))
    world.start()
    world.finish_all_tries()
    check(world)
    per_line = world.letters // len(domains) + 1
    return Bounds(uncertain=4 * per_line)


@register_fault("smtp_matrix", number=5, small=360)
def make_trouble(world: World) -> Bounds:
    """PIPELINING is offered: the troubles of one letter meet those of its neighbours in the same write."""
    return run_matrix(world, is_smtputf8=True)


@register_fault("smtp_matrix_plain", number=5, small=180)
def make_plain_trouble(world: World) -> Bounds:
    """Nothing is offered, a 354 comes without recipient, and the server hangs up after seven letters."""
    return run_matrix(
        world,
        "rcpt-always-later",
        is_pipelining=False,
        is_8bitmime=False,
        opens_without_recipient=True,
        letters_per_connection=7,
    )
