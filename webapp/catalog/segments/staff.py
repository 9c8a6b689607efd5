"""Segment: staff and organizers of the letter's event or programme."""

from collections.abc import Mapping

from sqlalchemy import Select, or_, select

from webapp.mail.queries.segments import Place, Segment, register_segment
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.user import Grant, User
from webapp.people.queries.scope import within


@register_segment
class Staff(Segment):
    """Members of staff with a role there, and people who are entered as organizers."""

    name = "staff"
    label = "Staff and organizers"
    description = "Everybody who works on this event or programme."

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return those with a grant or an organizer's membership in the place, or in the whole scope."""
        grants = select(User.person_id).join(Grant, Grant.user_id == User.id).where(User.active)
        organizers = select(Membership.person_id).where(Membership.kind == MembershipKind.ORGANIZER)
        if place.event_id is not None:
            grants = grants.where(
                or_(Grant.event_id == place.event_id, Grant.programme_id == place.programme_id)
            )
            organizers = organizers.where(Membership.event_id == place.event_id)
        elif place.programme_id is not None:
            grants = grants.where(Grant.programme_id == place.programme_id)
            organizers = organizers.where(Membership.programme_id == place.programme_id)
        grants = grants.where(within(place.scope, Grant.programme_id, Grant.event_id))
        organizers = organizers.where(within(place.scope, Membership.programme_id, Membership.event_id))
        both = grants.union(organizers).subquery()
        return select(both.c[0])
