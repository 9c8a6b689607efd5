"""An application to host as one value, for programs: the same on the command line and in the API."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from webapp.people.domain.scope import Scope
from webapp.programme.domain.host_states import OPEN_STATES
from webapp.programme.domain.mailbox_proposals import Proposal
from webapp.programme.models.host_application import HostApplication
from webapp.programme.queries.events import get_event
from webapp.programme.queries.host import find_event_of_host, find_host_activities, find_host_people
from webapp.programme.queries.host_clash import find_clashes, find_previous_editions, propose_host_slug
from webapp.programme.queries.host_mailbox import find_mailbox_ways
from webapp.programme.queries.triage_actions import offered_actions


def write_line(row: HostApplication) -> dict[str, Any]:
    """Return what a list shows of an application."""
    return {
        "id": row.id,
        "reference": row.reference,
        "state": row.state,
        "city": row.city,
        "country": row.country,
        "proposed_on": row.proposed_on.isoformat(),
        "date_precision": row.date_precision,
        "lead": row.lead.email,
    }


def write_record(scope: Scope, row: HostApplication, now: datetime) -> dict[str, Any]:
    """Return all that support sees of an application.

    Args:
        scope: who asks.
        row: the application, within their scope.
        now: the moment, for what can be done.
    """
    event, editions, slug = find_event_of_host(row.id), find_previous_editions(row), propose_host_slug(row)
    return {
        **write_line(row),
        "programme_id": row.programme_id,
        "created_at": row.created_at.isoformat(),
        "state_at": row.state_at.isoformat(),
        "undo_until": row.undo_until.isoformat() if row.undo_until else None,
        "event_id": event.id if event else None,
        "organizers": [{"name": person.name, "email": person.email} for person in find_host_people(row.id)],
        "answers": row.answers,
        "clashes": [asdict(clash) for clash in find_clashes(row)],
        "previous_editions": [
            {**asdict(edition), "starts_on": edition.starts_on.isoformat() if edition.starts_on else None}
            for edition in editions
        ],
        "proposed_slug": slug,
        "mailbox_ways": [
            {**asdict(way), "token": way.token}
            for way in _find_ways(scope, row, slug, editions[0].event_id if editions else None)
        ],
        "actions": [action.name for action in offered_actions(row, scope, now)],
        "history": [
            {
                "at": one.at.isoformat(),
                "verb": one.verb,
                "before": one.before,
                "after": one.after,
                "comment": one.comment,
            }
            for one in find_host_activities(scope, row.id)
        ],
    }


def _find_ways(
    scope: Scope, row: HostApplication, slug: str, previous_event_id: int | None
) -> tuple[Proposal, ...]:
    """Return what can be done about the mailbox if the first proposals for address and earlier edition are taken."""
    if row.state not in OPEN_STATES or not slug:
        return ()
    previous = get_event(scope, previous_event_id) if previous_event_id else None
    return find_mailbox_ways(row, slug, previous)
