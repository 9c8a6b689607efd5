"""A fault and where it is registered: one file of `tests.faults.cases` is one fault, and nothing else is touched."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.world import World
from webapp.core.registry import Shelf


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a fault may cost beside L = 0 and D = 0, which are never negotiable.

    Args:
        uncertain: letters that may be listed as uncertain.
        resume: seconds until letters are accepted again.
    """

    uncertain: int = 0
    resume: float = 15.0


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Args:
        name: by which it is called on the command line.
        number: in the list of faults that Postroom has to survive.
        small: letters in the ordinary suite.
        happen: makes it happen and returns what it may cost.
    """

    name: str
    number: int
    small: int
    happen: Callable[[World], Bounds]


FAULTS: Shelf[Fault] = Shelf("fault")


def register_fault(
    name: str, *, number: int, small: int = 1500
) -> Callable[[Callable[[World], Bounds]], Callable[[World], Bounds]]:
    """Register a function that makes a fault happen; see `Fault` for the arguments."""

    def register(happen: Callable[[World], Bounds]) -> Callable[[World], Bounds]:
        FAULTS.put(name, Fault(name, number, small, happen))
        return happen

    return register
