"""What the demo has made so far: the ground that one part of its data hands to the next."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from webapp.people.models.person import Person
from webapp.people.models.user import User
from webapp.programme.models.programme import Event, Programme

SEED = 20260


@dataclass(frozen=True, slots=True)
class World:
    """The places and accounts of the demo, flushed: every row has its id.

    Args:
        programmes: by slug (code-circle, northbank, launchpad).
        events: by slug (krakow-3, cairo-2 ... see ``places.EVENTS``).
        users: staff accounts by address.
        people: everybody with an address, by address; whoever makes more people adds them.
        now: the moment from which all dates of the demo are counted.
    """

    programmes: dict[str, Programme]
    events: dict[str, Event]
    users: dict[str, User]
    people: dict[str, Person]
    now: datetime


def make_random(part: str) -> Random:
    """Return the chance of one part of the demo: always the same, whatever the other parts draw."""
    return Random(f"{SEED} {part}")  # noqa: S311 -- the same demo everywhere is wanted
