"""Segment: the first organizer of an application to host, whom support asks something."""

from collections.abc import Mapping

from sqlalchemy import Select, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.mail.queries.segments import Option, Place, Segment, Setting, register_segment
from webapp.programme.models.host_application import HostApplication
from webapp.programme.queries.host import get_host_application, visible_hosts

MOST = 100  # applications to pick from


@register_segment
class HostLead(Segment):
    """Whoever is named first in one application to host."""

    name = "host-lead"
    label = "First organizer of an application"
    description = "One person: whoever is named first in an application to host."
    settings = (Setting("application", "Application"),)

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return the one person."""
        row = self._get(settings, place)
        return select(HostApplication.lead_person_id).where(HostApplication.id == row.id)

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return whose."""
        row = self._get(settings, place)
        return f"{row.lead} of {row.reference}"

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return the latest applications of the place."""
        query = select(HostApplication).where(visible_hosts(place.scope))
        if place.programme_id is not None:
            query = query.where(HostApplication.programme_id == place.programme_id)
        rows = db.session.scalars(query.order_by(HostApplication.id.desc()).limit(MOST))
        return [Option(str(row.id), f"{row.reference}, {row.city}: {row.lead}") for row in rows]

    def _get(self, settings: Mapping[str, str], place: Place) -> HostApplication:
        text = self.need(settings, "application")
        try:
            if not (text.isascii() and text.isdigit() and len(text) < 19):
                raise NotFoundError("There is no such application.")
            row = get_host_application(place.scope, int(text))
        except NotFoundError as error:
            raise StaffError(error.message, field="application") from error
        if place.programme_id is not None and row.programme_id != place.programme_id:
            raise StaffError("This application belongs to another programme.", field="application")
        return row
