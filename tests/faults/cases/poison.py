"""Fault 11: a few recipients' data cannot be put into a letter, each in another way."""

from sqlalchemy import select, text, update

from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.mail.actions.chunk import prepare_shoot
from webapp.mail.models.email_log import EmailLog

NAMES = {
    "line separator": "Zo\u2028fia",
    "line break": "Zofia\r\nBcc: everybody@example.org",
    "control character": "Zo\u0085fia",
    "what packs values": "Zo\x1ffia",
}
LONG_NAMES = {
    "10 kB name": "Zażółć " * 1300,
    "turned round": "\u202egro.elpmaxe@aifoz",
    "one word": "ż" * 10_000,
}
# What a row carries for the fields of the letter below: the link's maker and the letter's own joins fail on these.
VALUES: dict[str, list[str | None]] = {
    "a maker that raises": ["Zofia", "99999999999999999999999999.1"],
    "values that are missing": [],
}
HTML = (
    "<p>Hello {{ person.name | default('friend') }}!</p>"
    "<p><a href='{{ newsletter.preferences_link }}'>Choose</a></p>"
).replace("'", '"')


def poison(world: World) -> dict[str, str]:
    """Poison some people, freeze the shoot, poison some of its rows; return what was done to whom."""
    event = world.make_event()
    numbers = iter(world.random.sample(range(1, world.letters + 1), 20))
    done = {}
    with transaction() as session:
        for what, name in {**NAMES, **LONG_NAMES}.items():
            done[what] = f"p{next(numbers)}@example.org"
            session.execute(
                text("UPDATE people SET name = :name WHERE email = :email"),
                {"name": name, "email": done[what]},
            )
        done["address beyond ASCII"] = f"żółw{next(numbers)}@example.org"
        number = done["address beyond ASCII"][4:]
        session.execute(
            text("UPDATE people SET email = :after WHERE email = :before"),
            {"after": done["address beyond ASCII"], "before": f"p{number}"},
        )
    shoot_id = world.make_shoot(event, html=HTML)
    prepare_shoot(shoot_id)
    with transaction() as session:
        for what, values in VALUES.items():
            done[what] = f"p{next(numbers)}@example.org"
            session.execute(
                update(EmailLog).where(EmailLog.address == done[what]).values(merge_values=values)
            )
    return done


@register_fault("poison", number=11, small=1500)
def send_poison(world: World) -> Bounds:
    """Send to them: each fails alone and with a reason, everybody else gets the letter."""
    world.audience = world.letters
    done = poison(world)
    world.play()
    world.start()
    world.finish()
    db.session.rollback()
    rows = db.session.execute(
        select(EmailLog.address, EmailLog.state, EmailLog.reason, EmailLog.detail).where(
            EmailLog.state != "sent"
        )
    ).all()
    world.notes["failed"] = {row.address: row.detail for row in rows}
    must_fail = {address for what, address in done.items() if what not in LONG_NAMES}
    assert {row.address for row in rows} == must_fail, f"they alone fail: {rows}"
    assert all((row.state, row.reason) == ("failed", "poison") and row.detail for row in rows), rows
    return Bounds(uncertain=0)
