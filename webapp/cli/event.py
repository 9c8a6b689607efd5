"""``flask event``: what events there are."""

from webapp.cli.answers import Answer, AnsweringGroup, answering
from webapp.people.domain.scope import SYSTEM
from webapp.programme.queries.events import find_events

group = AnsweringGroup("event", help="Events.")


@group.command("list")
@answering
def list_all() -> Answer:
    """List the events, the latest first."""
    events = [
        {
            "slug": event.slug,
            "name": event.name,
            "programme": event.programme.slug,
            "starts_on": event.starts_on.isoformat() if event.starts_on else None,
            "state": event.state,
        }
        for event in find_events(SYSTEM)
    ]
    lines = [f"{e['slug']:<24} {e['starts_on'] or '–':<12} {e['state']:<10} {e['name']}" for e in events]
    return "\n".join(lines) or "There is no event yet.", events
