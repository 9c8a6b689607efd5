"""Segment: the people of one import, pasted addresses included."""

from collections.abc import Mapping

from sqlalchemy import Select, select

from webapp.core.errors import StaffError
from webapp.mail.queries.segments import Option, Place, Segment, Setting, register_segment
from webapp.people.models.people_import import ImportedPerson, PeopleImport
from webapp.people.queries.imports import find_import, find_last_import, find_recent_imports


def _people_of(found: PeopleImport) -> Select[int]:
    """Return everybody who was in the import."""
    return select(ImportedPerson.person_id).where(ImportedPerson.import_id == found.id)


@register_segment
class Imported(Segment):
    """People of an import that is named by its number."""

    name = "import"
    label = "An import"
    description = "Everybody who was in a file that was imported, or in a box of pasted addresses."
    settings = (Setting("import", "which import"),)

    def _import(self, settings: Mapping[str, str], place: Place) -> PeopleImport:
        """Return the import that is named."""
        number = self.need(settings, "import")
        found = find_import(place.scope, int(number)) if number.isascii() and number.isdigit() else None
        if found is None:
            raise StaffError(f"There is no import {number[:20]}.", field="import")
        return found

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return its people."""
        return _people_of(self._import(settings, place))

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return it with the file's name."""
        found = self._import(settings, place)
        return f"Import {found.id}: {found.filename}"

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return the newest imports."""
        return [Option(str(i.id), f"{i.id}: {i.filename}") for i in find_recent_imports(place.scope)]


@register_segment
class LastImport(Segment):
    """People of the newest import, of the letter's event if it has one; for the command line."""

    name = "last-import"
    label = "The last import"
    description = "Everybody who was in the newest import."

    def _import(self, place: Place) -> PeopleImport:
        """Return the newest import there."""
        found = find_last_import(place.scope, place.event_id) or find_last_import(place.scope)
        if found is None:
            raise StaffError("Nothing has been imported yet.", field="segment")
        return found

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return its people."""
        return _people_of(self._import(place))

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return it with the file's name."""
        found = self._import(place)
        return f"Import {found.id}: {found.filename}"
