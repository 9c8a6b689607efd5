"""An application to host as one value, for programs: the same on the command line and in the API."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from webapp.people.domain.scope import Scope
from webapp.programme.models.host_application import HostApplication
from webapp.programme.queries.host import find_event_of_host, find_host_activities, find_host_people
from webapp.programme.queries.host_clash import find_clashes, find_previous_editions, propose_host_slug
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
    event = find_event_of_host(row.id)
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
            for edition in find_previous_editions(row)
        ],
        "proposed_slug": propose_host_slug(row),
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
