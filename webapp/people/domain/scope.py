"""How far one member of staff sees and what they may do there: the one thing every query is narrowed by."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The reach of one member of staff.

    Args:
        user_id: the member of staff, or None for the system itself.
        is_administrator: sees and may do everything.
        programme_ids: programmes seen whole (support).
        event_ids: events seen (organizer), beside those of the programmes.
        sending_programme_ids: where among the programmes letters may be sent, not only written.
        sending_event_ids: likewise among the events.
        reviewing_event_ids: events whose applications may be scored, and nothing else be seen of.
    """

    user_id: int | None
    is_administrator: bool = False
    programme_ids: frozenset[int] = frozenset()
    event_ids: frozenset[int] = frozenset()
    sending_programme_ids: frozenset[int] = frozenset()
    sending_event_ids: frozenset[int] = frozenset()
    reviewing_event_ids: frozenset[int] = frozenset()

    def sees(self, programme_id: int | None, event_id: int | None) -> bool:
        """Say whether something that belongs to this programme and event may be seen."""
        return self.is_administrator or programme_id in self.programme_ids or event_id in self.event_ids

    def sees_programme(self, programme_id: int | None) -> bool:
        """Say whether the programme as a whole may be seen, not only an event of it."""
        return self.is_administrator or programme_id in self.programme_ids

    def may_send(self, programme_id: int | None, event_id: int | None) -> bool:
        """Say whether letters may be sent there."""
        return (
            self.is_administrator
            or programme_id in self.sending_programme_ids
            or event_id in self.sending_event_ids
        )

    def reviews(self, programme_id: int | None, event_id: int | None) -> bool:
        """Say whether the applications of an event may be read and scored."""
        return self.sees(programme_id, event_id) or event_id in self.reviewing_event_ids


SYSTEM = Scope(user_id=None, is_administrator=True)
