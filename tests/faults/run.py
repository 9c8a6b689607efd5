"""Runs one fault from an empty database to its report."""

from tests.faults.fault import FAULTS, Fault
from tests.faults.grounds import Grounds
from tests.faults.report import Report, judge
from tests.faults.world import World
from webapp.core.registry import load_all


def find_faults(names: list[str]) -> list[Fault]:
    """Return the faults of these names, or all, in the order of their numbers.

    Raises:
        StaffError: there is no fault of a name.
    """
    load_all("tests.faults.cases")
    chosen = [FAULTS.get(name) for name in names] or [fault for _, fault in FAULTS.items()]
    return sorted(chosen, key=lambda fault: (fault.number, fault.name))


def run_fault(fault: Fault, grounds: Grounds, *, letters: int, seed: int) -> Report:
    """Make a fault happen and judge what came of it.

    Args:
        fault: which.
        grounds: services and application.
        letters: how many.
        seed: of everything that is drawn.

    Raises:
        AssertionError: something did not happen in time; the message carries what all processes said.
    """
    with grounds.app.app_context():
        world = World(grounds, letters=letters, seed=seed)
        try:
            with world.machinery:
                try:
                    bounds = fault.happen(world)
                except AssertionError as error:
                    words = f"{error}\nseed {seed}, letters by state: {world.count_states()}"
                    raise AssertionError(f"{words}\n{world.machinery.logs()}") from error
                finally:
                    world.machinery.wake_frozen()
        finally:
            world.machinery.kill_orphans()
        return judge(fault, world, bounds, seed)
