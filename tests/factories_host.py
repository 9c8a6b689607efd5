"""Makes applications to host, as people send them in."""

from datetime import timedelta
from itertools import count

from sqlalchemy import select

from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.programme.actions.host_submit import HostSubmission, Organizer, Submitted, submit_host_application
from webapp.programme.domain.host_rules import PartialDate
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Programme

from . import factories

_numbers = count(1)
FAR = timedelta(days=200)


def make_hosting_programme(**values: object) -> Programme:
    """Make a programme where anybody may apply, with a sender; there are no mailboxes unless it is said."""
    factories.make_sender()
    return factories.make_programme(**{"is_hosting_open": True, **values})


def submission_for(programme: Programme, **values: object) -> HostSubmission:
    """Return a whole application; its lead and its token are new each time."""
    n = next(_numbers)
    words = {
        "programme_id": programme.id,
        "submission_token": f"token-{n}",
        "organizers": (
            Organizer(f"lead{n}@example.org", "Zofia Nowak"),
            Organizer(f"second{n}@example.org", "Jan Wójcik"),
        ),
        "city": "Kraków",
        "country": "PL",
        "proposed": PartialDate((now() + FAR).date()),
        "answers": {"about": "We teach.", "venue": "The city library"},
        **values,
    }
    return HostSubmission(**words)


def apply_to_host(programme: Programme, **values: object) -> Submitted:
    """Send an application in."""
    return submit_host_application(submission=submission_for(programme, **values), now=now())


def set_state_of_programme(programme: Programme, **values: object) -> None:
    """Change what a programme asks for."""
    with transaction() as session:
        for name, value in values.items():
            setattr(session.merge(programme), name, value)


def furnish(programme: Programme) -> None:
    """Let anybody apply to a programme, and make one application."""
    set_state_of_programme(programme, is_hosting_open=True)
    apply_to_host(programme)


def host_of(programme_id: int) -> int:
    """Return the first application to a programme."""
    query = select(HostApplication.id).where(HostApplication.programme_id == programme_id)
    return db.session.scalars(query.order_by(HostApplication.id)).first() or 0
