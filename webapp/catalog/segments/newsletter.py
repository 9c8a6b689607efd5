"""Segment: a programme's newsletter."""

from collections.abc import Mapping

from sqlalchemy import Select, select

from webapp.core.errors import StaffError
from webapp.mail.queries.segments import Option, Place, Segment, Setting, register_segment
from webapp.people.models.membership import Membership, MembershipKind
from webapp.programme.models.programme import Programme
from webapp.programme.queries.events import find_programmes


@register_segment
class Newsletter(Segment):
    """Subscribers of a programme's newsletter; only who sees the whole programme may write to them."""

    name = "newsletter"
    label = "Newsletter"
    description = "Everybody who takes a programme's newsletter."
    settings = (Setting("programme", "which programme", is_required=False),)

    def _programme(self, settings: Mapping[str, str], place: Place) -> Programme:
        """Return the programme that is named, or else the letter's own, within the scope."""
        slug = str(settings.get("programme", "")).strip()
        seen = find_programmes(place.scope)
        for programme in seen:
            if programme.slug == slug or (not slug and programme.id == place.programme_id):
                return programme
        known = ", ".join(p.slug for p in seen) or "none"
        raise StaffError(
            f"“Newsletter” needs to know which programme. You may use: {known}.", field="programme"
        )

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return the programme's subscribers."""
        return select(Membership.person_id).where(
            Membership.programme_id == self._programme(settings, place).id,
            Membership.event_id.is_(None),
            Membership.kind == MembershipKind.NEWSLETTER,
        )

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return it with the programme's name."""
        return f"Newsletter of {self._programme(settings, place).name}"

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return the programmes that may be seen whole."""
        return [Option(p.slug, p.name) for p in find_programmes(place.scope)]
