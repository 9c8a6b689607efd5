"""Fault 5: encryption that is required, refused or not to be trusted, and a sign-in that fails."""

from dataclasses import dataclass, field
from pathlib import Path

from flask import current_app
from sqlalchemy import func, select

from tests import factories
from tests.doubles.certificate import make_certificate
from tests.faults.fault import Bounds, register_fault
from tests.faults.sink_script import Phase, Trouble
from tests.faults.world import World
from tests.waiting import wait_until
from webapp.core.database import db
from webapp.mail.actions.schedule_steering import cancel_shoot
from webapp.mail.models.sender import Sender
from webapp.people.domain.scope import SYSTEM

REFUSED = Trouble(Phase.STARTTLS, "454 4.7.0 Not just now")
GREETED = Trouble(Phase.CONNECT, "421 4.3.2 Too many of you")
SILENT = Trouble(Phase.CONNECT, seconds=3, most=3)
SILENT_LATER = Trouble(Phase.EHLO, seconds=3)


@dataclass(frozen=True, slots=True)
class Door:
    """One way to reach the mail server.

    Args:
        options: of the account's URL; ``{ca}`` is the file of the right authority.
        is_open: letters get through; else the sender rests.
        account: user and password in the URL.
        has_certificate: STARTTLS is offered.
        script: further things that the server does.
    """

    options: str
    is_open: bool
    account: str = ""
    has_certificate: bool = True
    script: dict[str, object] = field(default_factory=dict)


PATIENCE = "connect_seconds=1&greeting_seconds=1&command_seconds=1"
USER: dict[str, object] = {"user": "desk", "password": "secret"}
DOORS = {
    "required and right": Door("starttls=required&ca_file={ca}", True),
    "required, not offered": Door("starttls=required", False, has_certificate=False),
    "required, refused": Door("starttls=required&ca_file={ca}", False, script={"troubles": (REFUSED,)}),
    "required, nobody knows the authority": Door("starttls=required", False),
    "if offered, refused": Door("starttls=if-offered", True, script={"troubles": (REFUSED,)}),
    "if offered, nobody knows the authority": Door("starttls=if-offered", True),
    "sign-in": Door("starttls=required&ca_file={ca}", True, "desk:secret@", script=USER),
    "sign-in fails": Door("starttls=required&ca_file={ca}", False, "desk:wrong@", script=USER),
    "sign-in is missing": Door("starttls=never", False, script=USER, has_certificate=False),
    "turned away": Door("starttls=never", False, script={"troubles": (GREETED,)}),
    "silent": Door("starttls=never", False, script={"troubles": (SILENT, SILENT_LATER)}),
    "hung up on": Door("starttls=never", False, script={"troubles": (Trouble(Phase.CONNECT),)}),
    "hung up on after EHLO": Door("starttls=never", False, script={"troubles": (Trouble(Phase.EHLO),)}),
}


def knock(world: World, name: str, door: Door, certificate: Path, letters: int) -> None:
    """Send a few letters through one door, and see that they get through, or that the sender rests and says why."""
    machinery = world.machinery
    world.play(certificate=str(certificate) if door.has_certificate else "", **door.script)
    options = door.options.format(ca=certificate)
    url = f"smtp://{door.account}localhost:{machinery.sink_port}?{options}&connections=2&{PATIENCE}"
    sender = factories.make_sender(account=current_app.extensions["vault"].seal(url))
    sender_id = sender.id
    place = len(world.shoots)
    shoot_id = world.make_shoot(world.make_event(letters, f"door{place}-"), sender=sender)
    before = world.ledger.count

    def why_resting() -> str:
        db.session.rollback()
        query = select(Sender.pause_reason).where(Sender.id == sender_id, Sender.paused_until > func.now())
        return db.session.scalar(query) or ""

    if door.is_open:
        wait_until(lambda: world.get_state(shoot_id) == "completed", seconds=30, what=f"letters: {name}")
        assert world.ledger.count == before + letters, name
        return
    said = wait_until(why_resting, seconds=30, what=f"the sender to rest: {name}")
    world.notes[name] = said
    assert world.ledger.count == before, f"{name}: letters got through"
    cancel_shoot(scope=SYSTEM, shoot_id=shoot_id)


@register_fault("smtp_doors", number=5, small=240)
def knock_at_all(world: World) -> Bounds:
    """Go through all doors, one after the other; where one is shut nothing gets through and no try is counted."""
    letters = world.letters // len(DOORS)
    world.audience = letters * len(DOORS)
    certificate = make_certificate(world.folder / "localhost.pem")
    world.play()
    world.start()
    for name, door in DOORS.items():
        knock(world, name, door, certificate, letters)
    world.finish()
    return Bounds(uncertain=0)
