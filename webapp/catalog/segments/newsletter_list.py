"""Segment: who is subscribed to one newsletter's list."""

from collections.abc import Mapping

from sqlalchemy import Select, select

from webapp.core.errors import StaffError
from webapp.mail.queries.segments import Option, Place, Segment, Setting, register_segment
from webapp.programme.domain.subscription_states import SubscriptionState
from webapp.programme.models.newsletter import NewsletterList, Subscription
from webapp.programme.queries.newsletter import find_lists


@register_segment
class NewsletterReaders(Segment):
    """Confirmed subscribers of a list; only who sees its whole programme may write to them."""

    name = "newsletter-list"
    label = "A newsletter's list"
    description = "Everybody who has confirmed a subscription to it and not left."
    settings = (Setting("list", "which list"),)

    def _list(self, settings: Mapping[str, str], place: Place) -> NewsletterList:
        """Return the list that is named, within the scope."""
        slug = self.need(settings, "list")
        for row in find_lists(place.scope):
            if row.slug == slug and not row.is_archived:
                return row
        raise StaffError(f"There is no newsletter “{slug[:60]}”.", field="list")

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return its subscribers."""
        return select(Subscription.person_id).where(
            Subscription.list_id == self._list(settings, place).id,
            Subscription.state == SubscriptionState.SUBSCRIBED,
        )

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return it with the list's name."""
        return f"Subscribers of {self._list(settings, place).name}"

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return the lists that may be seen."""
        return [Option(row.slug, row.name) for row in find_lists(place.scope) if not row.is_archived]
