"""The deeds that letters belong to: which page a word like ``wave:12`` stands for."""

from webapp.people.domain.concerns import Way
from webapp.people.domain.scope import Scope


def way_of_batch(
    scope: Scope, batch: str | None, shoot_id: int, programme_id: int | None, event_id: int | None
) -> Way:
    """Return the page on which a deed's letters can be let go or taken back; their shoot's where there is none.

    Args:
        scope: who is to be led there; applications to host are not for organizers.
        batch: the word on its shoots.
        shoot_id: one of them.
        programme_id, event_id: of that shoot.
    """
    kind, _, rest = (batch or "").partition(":")
    number = rest.partition(":")[0]
    if number.isascii() and number.isdigit():
        if kind == "wave" and event_id is not None:
            return Way("waves.show", {"event_id": event_id, "wave_id": int(number)})
        if kind == "host" and scope.sees_programme(programme_id):
            return Way("host_application.show", {"host_id": int(number)})
        if kind == "rule":
            return Way("rules.show", {"run_id": int(number)})
        if kind == "contact":
            return Way("messages.show", {"message_id": int(number)})
    return Way("shoots.show", {"shoot_id": shoot_id})
