"""What several forms let staff choose from: languages, time zones, places."""

from collections.abc import Iterable

from webapp.people.domain.locale_names import zone_names
from webapp.people.domain.scope import Scope
from webapp.programme.queries.events import find_events, find_programmes
from webapp.web.forms.letters import language_choices

Choices = list[tuple[str, str]]


def zone_choices(current: str | None, *, empty: str = "") -> Choices:
    """Return the time zones to choose from, what is stored among them, and perhaps a line for none."""
    names = dict.fromkeys((*zone_names(), *((current,) if current else ())))
    return [*_none(empty), *((name, name.replace("_", " ")) for name in names)]


def locale_choices(current: str | None, *, empty: str = "") -> Choices:
    """Return the languages to choose from, what is stored among them, and perhaps a line for none."""
    return [*_none(empty), *language_choices(current or "")]


def programme_choices(scope: Scope) -> Choices:
    """Return the programmes that are seen whole."""
    return [(str(programme.id), programme.name) for programme in find_programmes(scope)]


def event_choices(scope: Scope) -> Choices:
    """Return the events that are seen, each with its programme."""
    return [(str(event.id), f"{event.name} – {event.programme.name}") for event in find_events(scope)]


def read_id(text: object) -> int | None:
    """Return the id in a posted choice, None where there is none."""
    return (
        int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 19 else None
    )


def _none(empty: str) -> Iterable[tuple[str, str]]:
    """Return the line for choosing nothing, where there is one."""
    return [("", empty)] if empty else []
