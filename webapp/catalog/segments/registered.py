"""Segment: everybody of an event."""

from collections.abc import Mapping

from sqlalchemy import Select, select

from webapp.core.errors import NotFoundError, StaffError
from webapp.mail.queries.segments import Option, Place, Segment, Setting, register_segment
from webapp.people.models.membership import Membership, MembershipKind
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import find_events, get_event_by_slug


@register_segment
class Registered(Segment):
    """People registered for one event."""

    name = "registered"
    label = "Everybody of an event"
    description = "All who are registered for it."
    settings = (Setting("event", "which event", is_required=False),)

    def _event(self, settings: Mapping[str, str], place: Place) -> tuple[int, str | None]:
        """Return the event's id, and its name when it was named and not taken from the letter."""
        slug = str(settings.get("event", "")).strip()
        if slug:
            try:
                event: Event = get_event_by_slug(place.scope, slug)
            except NotFoundError as error:
                raise StaffError(error.message, field="event") from error
            return event.id, event.name
        if place.event_id is None:
            raise StaffError("“Everybody of an event” needs to know which event.", field="event")
        return place.event_id, None

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return those registered for the event that is named, or else for the letter's own."""
        event_id, _ = self._event(settings, place)
        return select(Membership.person_id).where(
            Membership.event_id == event_id, Membership.kind == MembershipKind.REGISTERED
        )

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return it with the event's name."""
        _, name = self._event(settings, place)
        return f"Everybody of {name}" if name else "Everybody of this event"

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return the events that may be seen."""
        return [Option(event.slug, event.name) for event in find_events(place.scope)]
