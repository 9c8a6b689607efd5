"""Fault 12: the disk below the database is full."""

import psycopg
import pytest

from tests import factories
from tests.faults.fault import Bounds, register_fault
from tests.faults.world import World
from tests.integration.web.visiting import Visitor
from tests.probes import connect
from tests.waiting import wait_until


def is_full(world: World) -> bool:
    """Say whether the database cannot grow any more."""
    with connect(world.grounds.postgres.url) as connection:
        try:
            connection.execute(
                "CREATE TABLE fault_grows AS SELECT repeat('x', 100) FROM generate_series(1, 200)"
            )
        except psycopg.errors.DiskFull:
            return True
        connection.execute("DROP TABLE fault_grows")
        return False


@register_fault("disk_full", number=12, small=1500)
def fill_disk(world: World) -> Bounds:
    """Fill it in mid-shoot: sending stops, the shoot's page says why, and it goes on once there is room."""
    disk = world.grounds.disk
    if disk is None:
        pytest.skip("a disk of its own can be mounted by root only")
    world.audience = world.letters
    email = factories.make_staff().email
    shoot_id = world.make_shoot()
    world.play(latency=world.latency_for(4))
    world.start()
    world.wait_share(0.3)
    visitor = Visitor(world.grounds.app).sign_in(email)
    disk.fill()
    try:
        wait_until(lambda: is_full(world), what="the disk to be full")
        counts = [world.ledger.count]
        for _ in range(3):
            world.rest(1.0)
            counts.append(world.ledger.count)
        world.notes["accepted_while_full"] = [later - counts[0] for later in counts[1:]]
        page = visitor.get(f"/shoots/{shoot_id}").text
        assert "disk is full" in page, "the shoot's page says why nothing goes out"
    finally:
        disk.make_room()
    world.strike()
    world.finish()
    return Bounds(uncertain=2 * 250)
