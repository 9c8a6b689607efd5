"""A select of places (a programme, an event, everything) and what was chosen in it."""

from webapp.people.domain.scope import Scope
from webapp.programme.queries.events import find_events, find_programmes, get_event, get_programme

Groups = dict[str, list[tuple[str, str]]]


def offer_places(scope: Scope, everything: tuple[str, str] | None = None) -> Groups:
    """Return the choices of a select, in groups: everything, programmes seen whole, events by programme.

    Args:
        scope: whose places.
        everything: (heading, label) of the choice that names no place; None where it is not offered.
    """
    groups: Groups = {everything[0]: [("all", everything[1])]} if everything else {}
    programmes = find_programmes(scope)
    if programmes:
        groups["A whole programme"] = [(f"programme-{place.id}", place.name) for place in programmes]
    for event in find_events(scope):
        groups.setdefault(f"An event of {event.programme.name}", []).append((f"event-{event.id}", event.name))
    return groups


def read_place(scope: Scope, choice: str) -> tuple[int | None, int | None]:
    """Return the (programme, event) of a choice of ``offer_places``; two Nones for everything.

    Raises:
        NotFoundError: it is not there, or not for this member of staff.
    """
    kind, _, number = choice.partition("-")
    if kind == "event":
        event = get_event(scope, int(number))
        return event.programme_id, event.id
    if kind == "programme":
        return get_programme(scope, int(number)).id, None
    return None, None


def write_place(programme_id: int | None, event_id: int | None) -> str:
    """Return the choice that stands for a place: the other way round from ``read_place``."""
    if event_id is not None:
        return f"event-{event_id}"
    return f"programme-{programme_id}" if programme_id is not None else "all"
