"""An audience as a value: which segments are taken together, and which are left out of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.core.errors import StaffError


@dataclass(frozen=True, slots=True)
class Choice:
    """One segment with its settings."""

    segment: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody in any of ``include`` and in none of ``exclude``, each person once."""

    include: tuple[Choice, ...] = ()
    exclude: tuple[Choice, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored with a letter and a shoot."""
        return {
            part: [{"segment": c.segment, "settings": dict(c.settings)} for c in choices]
            for part, choices in (("include", self.include), ("exclude", self.exclude))
        }


def read_audience(data: Mapping[str, Any]) -> Audience:
    """Return the audience that was stored, or posted by the picker.

    Raises:
        StaffError: it has not the shape that ``to_json`` gives it.
    """

    def read(part: str) -> tuple[Choice, ...]:
        choices = data.get(part, [])
        if not isinstance(choices, list):
            raise StaffError("The audience is damaged. Choose it again.", field="audience")
        found = []
        for choice in choices:
            settings = choice.get("settings", {}) if isinstance(choice, dict) else None
            if not isinstance(settings, dict) or not isinstance(choice.get("segment"), str):
                raise StaffError("The audience is damaged. Choose it again.", field="audience")
            found.append(Choice(choice["segment"], {str(k): str(v) for k, v in settings.items()}))
        return tuple(found)

    return Audience(read("include"), read("exclude"))


MYSELF = Audience((Choice("myself"),))
"""Whoever sends it: what a test goes to."""
