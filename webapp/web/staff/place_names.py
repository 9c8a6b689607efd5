"""Events and programmes by their names, read at once for a whole page of rows."""

from collections.abc import Iterable, Sequence

from webapp.people.models.membership import Membership, MembershipKind
from webapp.programme.queries.places import find_place_names

SHOWN = 3  # places in a cell; the rest is counted


class PlaceNames:
    """What the places of some rows are called.

    Args:
        places: (programme, event) of the rows, each perhaps None; they have been narrowed to what may be seen.
    """

    def __init__(self, places: Iterable[tuple[int | None, int | None]]) -> None:
        pairs = list(places)
        self._programmes, self._events = find_place_names(
            {programme for programme, _ in pairs if programme is not None},
            {event for _, event in pairs if event is not None},
        )

    def of(self, programme_id: int | None, event_id: int | None) -> str:
        """Return what a place is called; "" for none."""
        if event_id is not None:
            return self._events.get(event_id, "")
        return self._programmes.get(programme_id, "") if programme_id is not None else ""

    def of_membership(self, row: Membership) -> str:
        """Return a membership in words: ``Kraków #3``, ``Kraków #3 (organizer)``, ``Code Circle newsletter``."""
        name = self.of(row.programme_id, row.event_id)
        if row.kind == MembershipKind.NEWSLETTER:
            return f"{name} newsletter"
        return f"{name} (organizer)" if row.kind == MembershipKind.ORGANIZER else name

    def of_memberships(self, rows: Sequence[Membership]) -> str:
        """Return the first few memberships in words, and how many more there are."""
        words = [self.of_membership(row) for row in rows[:SHOWN]]
        more = len(rows) - SHOWN
        return ", ".join([*words, *([f"{more} more"] if more > 0 else [])])
