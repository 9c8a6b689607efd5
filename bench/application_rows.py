"""Makes what the bench of applications looks at: one event that thousands apply for, scored, and a queue of hosts."""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from sqlalchemy import select, text, update

from bench.people import make_event
from bench.staff import ADMINISTRATOR, make_staff
from webapp.core.clock import now
from webapp.core.database import db
from webapp.core.transaction import transaction
from webapp.people.models.membership import MembershipKind
from webapp.people.models.user import Role
from webapp.programme.actions.host_submit import HostSubmission, Organizer, submit_host_application
from webapp.programme.domain.attend_links import seal_application
from webapp.programme.domain.host_rules import PartialDate
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Programme

REVIEWERS = tuple(f"reviewer{n}@example.org" for n in range(3))
QUESTIONS = 14
_APPLICATIONS = """
INSERT INTO applications (programme_id, event_id, form_id, number, person_id, submission_token, locale, tags, answers)
SELECT m.programme_id, m.event_id, :form, row_number() OVER (ORDER BY m.person_id), m.person_id, 'row ' || m.person_id,
       (ARRAY['en', 'pl', 'ar'])[m.person_id % 3 + 1],
       CASE WHEN m.person_id % 7 = 0 THEN ARRAY['round 2'] ELSE ARRAY[]::text[] END,
       (SELECT jsonb_object_agg('q' || n, repeat('I learn because it is fun. ', 1 + (n + m.person_id::int) % 8))
        FROM generate_series(1, :questions) AS n)
FROM memberships m WHERE m.event_id = :event
"""
_REVIEWS = """
INSERT INTO reviews (application_id, user_id, score, comment)
SELECT a.id, u.id, (a.id + u.id) % 5 + 1, 'A good letter'
FROM applications a JOIN users u ON u.email LIKE 'reviewer%' OR u.email = :administrator
WHERE a.event_id = :event AND (a.id + u.id) % 3 > 0
"""
_CITIES = ("Kraków", "Łódź", "Αθήνα", "京都", "Nairobi", "São Paulo", "Valencia", "München")


@dataclass(frozen=True, slots=True)
class ApplicationWorld:
    """What there is to look at: the event, how many applied, one in the middle; the last host, and how many."""

    event_id: int
    applications: int
    application_id: int
    host_id: int
    hosts: int


def _make_form(programme_id: int, event_id: int, number: int) -> int:
    """Make the form of an event that so many have applied by."""
    with transaction() as session:
        form = Form(programme_id=programme_id, event_id=event_id, last_number=number)
        session.add(form)
        session.flush()
        session.add_all(
            Question(form_id=form.id, key=f"q{n}", label=f"Question {n}?", kind="long", position=n)
            for n in range(1, QUESTIONS + 1)
        )
    return form.id


def _make_hosts(programme_id: int, number: int) -> int:
    """Let so many teams apply to host, as the wizard does; return the last one."""
    with transaction() as session:
        session.execute(update(Programme).where(Programme.id == programme_id).values(is_hosting_open=True))
    host_id = 0
    for n in range(number):
        host_id = submit_host_application(
            submission=HostSubmission(
                programme_id=programme_id,
                submission_token=f"host {n}",
                organizers=(
                    Organizer(f"lead{n}@example.org", "Zofia Nowak"),
                    Organizer(f"second{n}@example.org", "Jan Wójcik"),
                ),
                city=f"{_CITIES[n % len(_CITIES)]}",
                country="PL",
                proposed=PartialDate((now() + timedelta(days=200 + n)).date()),
                answers={"about": "We teach. " * 40, "venue": "The city library"},
            ),
            now=now(),
        ).application_id
    return host_id


def make_applications(number: int, hosts: int) -> ApplicationWorld:
    """Make an event with so many applications, three in five of them scored by each of four, and teams that wait.

    Args:
        number: applications to attend.
        hosts: applications to host.
    """
    programme_id, event_id, _ = make_event(number)
    with transaction() as session:
        session.execute(
            text("UPDATE memberships SET kind = :kind WHERE event_id = :event"),
            {"kind": MembershipKind.APPLICANT, "event": event_id},
        )
        session.execute(text("UPDATE events SET capacity = 100 WHERE id = :event"), {"event": event_id})
    make_staff(ADMINISTRATOR, Role.ADMINISTRATOR, None)
    for email in REVIEWERS:
        make_staff(email, Role.SUPPORT, programme_id)
    form_id = _make_form(programme_id, event_id, number)
    keys = current_app.extensions["tokens"]
    with transaction() as session:
        session.execute(text(_APPLICATIONS), {"form": form_id, "event": event_id, "questions": QUESTIONS})
        ids = list(session.scalars(select(Application.id).where(Application.event_id == event_id)))
        session.connection().exec_driver_sql(
            "UPDATE applications SET token = given.token"
            " FROM unnest(%s::bigint[], %s::text[]) AS given(id, token) WHERE applications.id = given.id",
            (ids, [seal_application(keys, one, 1) for one in ids]),
        )
        session.execute(text(_REVIEWS), {"event": event_id, "administrator": ADMINISTRATOR})
    host_id = _make_hosts(programme_id, hosts)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as autovacuum leaves tables soon after
    return ApplicationWorld(event_id, number, sorted(ids)[len(ids) // 2], host_id, hosts)
