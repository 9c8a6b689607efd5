"""Segment: the person who writes."""

from collections.abc import Mapping

from sqlalchemy import Select, select

from webapp.mail.queries.segments import Place, Segment, register_segment
from webapp.people.models.user import User


@register_segment
class Myself(Segment):
    """Whoever is at the screen."""

    name = "myself"
    label = "Myself"
    description = "You. Good for seeing a letter before others do."

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return the person of the member of staff who chooses."""
        return select(User.person_id).where(User.id == place.scope.user_id)
