"""What a segment is: a named way to choose people, one file each in the catalog."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Select

from webapp.core.errors import StaffError
from webapp.core.registry import Shelf
from webapp.people.domain.scope import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """Where a choice is made, and by whom.

    Args:
        scope: how far the person who chooses sees; a segment never reaches beyond it.
        programme_id: the programme that the letter belongs to, if any.
        event_id: the event that the letter belongs to, if any.
    """

    scope: Scope
    programme_id: int | None = None
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a setting may take."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to fill in before a segment means something.

    Args:
        name: its key in the audience and on the command line (``registered:event=krakow``).
        label: what the picker calls it.
        is_required: the segment means nothing without it.
    """

    name: str
    label: str
    is_required: bool = True


class Segment(ABC):
    """A way to choose people."""

    name: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()

    @abstractmethod
    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return a query for the ids of the people, one column, narrowed to the place's scope.

        Raises:
            StaffError: a setting is missing or names nothing that may be seen.
        """

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return the choice in words, for example “Registered for Code Circle Kraków”."""
        return self.label

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return what a setting may be, for the picker."""
        return []

    def need(self, settings: Mapping[str, str], name: str) -> str:
        """Return a setting.

        Raises:
            StaffError: it was not given.
        """
        value = str(settings.get(name, "")).strip()
        if not value:
            label = next(s.label for s in self.settings if s.name == name)
            raise StaffError(f"“{self.label}” needs to know: {label}.", field=name)
        return value


SEGMENTS: Shelf[Segment] = Shelf("segment")


def register_segment(segment: type[Segment]) -> type[Segment]:
    """Decorate a segment's class to put one of it on the shelf."""
    SEGMENTS.put(segment.name, segment())
    return segment
