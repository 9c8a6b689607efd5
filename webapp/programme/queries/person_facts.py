"""What the programme side knows of one person: applications, answers, subscriptions, numbers they told."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.core.database import db
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.queries.scope import within
from webapp.programme.domain.application_states import WaveState
from webapp.programme.domain.person_words import AttendFacts
from webapp.programme.models.application import Application, Wave, WaveEntry
from webapp.programme.models.form import Form, Question
from webapp.programme.models.host_application import HostApplication, HostMember
from webapp.programme.models.newsletter import Consent, NewsletterList, Subscription
from webapp.programme.models.programme import Event
from webapp.programme.queries.host import visible_hosts
from webapp.programme.queries.review_one import written

MOST = 30  # applications, subscriptions, events of one person


@dataclass(frozen=True, slots=True)
class AttendLine:
    """One application to attend, with its answers as (question, answer)."""

    application_id: int
    number: int
    event_id: int
    event_name: str
    submitted_at: datetime
    facts: AttendFacts
    answers: tuple[tuple[str, str], ...]


def find_attend_of(scope: Scope, person_id: int, now: datetime) -> list[AttendLine]:
    """Return a person's applications to attend events that are seen, the latest first.

    Those who only score applications see none here.
    """
    rows = db.session.execute(
        select(Application, Event.name)
        .join(Event, Event.id == Application.event_id)
        .where(
            Application.person_id == person_id,
            Application.erased_at.is_(None),
            within(scope, Application.programme_id, Application.event_id),
        )
        .order_by(Application.id.desc())
        .limit(MOST)
    ).all()
    found = [(row[0], row[1]) for row in rows]
    questions = _find_questions({application.event_id for application, _ in found})
    held = _find_held({application.id for application, _ in found}, now)
    return [
        AttendLine(
            application_id=one.id,
            number=one.number,
            event_id=one.event_id,
            event_name=name,
            submitted_at=one.submitted_at,
            facts=_facts(one, held.get(one.id)),
            answers=tuple(
                (label, text)
                for key, label in questions[one.event_id]
                if (text := written(one.answers.get(key)))
            ),
        )
        for one, name in found
    ]


def _facts(one: Application, held_until: datetime | None) -> AttendFacts:
    return AttendFacts(
        decision=one.decision,
        decided_at=one.decided_at,
        announced=one.announced,
        announced_at=one.announced_at,
        held_until=held_until,
        rsvp=one.rsvp,
        rsvp_at=one.rsvp_at,
        rsvp_by=one.rsvp_by,
        rsvp_deadline=one.rsvp_deadline,
        withdrawn_at=one.withdrawn_at,
    )


def _find_questions(event_ids: set[int]) -> Mapping[int, list[tuple[str, str]]]:
    """Return (key, label) of the questions of events' forms, in their order, by event."""
    rows = db.session.execute(
        select(Form.event_id, Question.key, Question.label)
        .join(Question, Question.form_id == Form.id)
        .where(Form.event_id.in_(event_ids))
        .order_by(Question.position, Question.id)
    )
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for event_id, key, label in rows:
        found[event_id].append((key, label))
    return found


def _find_held(application_ids: set[int], now: datetime) -> dict[int, datetime]:
    """Return until when the announcements of applications are held, of those that are."""
    rows = db.session.execute(
        select(WaveEntry.application_id, func.max(Wave.hold_until))
        .join(Wave, Wave.id == WaveEntry.wave_id)
        .where(
            WaveEntry.application_id.in_(application_ids),
            WaveEntry.skip_reason.is_(None),
            Wave.state == WaveState.HELD,
            Wave.hold_until > now,
        )
        .group_by(WaveEntry.application_id)
    )
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class HostLine:
    """One application to host in which they are an organizer, the lead or another one."""

    application_id: int
    reference: str
    city: str
    is_lead: bool
    state: str
    state_at: datetime
    undo_until: datetime | None
    created_at: datetime


def find_hosts_of(scope: Scope, person_id: int) -> list[HostLine]:
    """Return a person's applications to host, of programmes that are seen whole; the latest first."""
    rows = db.session.execute(
        select(
            HostApplication.id,
            HostApplication.reference,
            HostApplication.city,
            HostApplication.lead_person_id == person_id,
            HostApplication.state,
            HostApplication.state_at,
            HostApplication.undo_until,
            HostApplication.created_at,
        )
        .join(HostMember, HostMember.application_id == HostApplication.id)
        .where(HostMember.person_id == person_id, visible_hosts(scope))
        .order_by(HostApplication.id.desc())
        .limit(MOST)
    )
    return [HostLine(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """Something that they agreed to or withdrew: the deed, when, where, in which words."""

    deed: str
    at: datetime
    place: str
    words: str


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """One newsletter with what the ledger says."""

    list_id: int
    name: str
    state: str
    state_at: datetime
    source: str
    ledger: tuple[LedgerLine, ...]


def find_subscriptions_of(scope: Scope, person_id: int) -> list[SubscriptionLine]:
    """Return a person's places on newsletters of programmes that are seen whole, with their ledger."""
    rows = db.session.execute(
        select(
            NewsletterList.id,
            NewsletterList.name,
            Subscription.state,
            Subscription.state_at,
            Subscription.source,
        )
        .join(Subscription, Subscription.list_id == NewsletterList.id)
        .where(Subscription.person_id == person_id, within(scope, NewsletterList.programme_id))
        .order_by(NewsletterList.name, NewsletterList.id)
        .limit(MOST)
    ).all()
    entries = db.session.execute(
        select(Consent.list_id, Consent.deed, Consent.at, Consent.place, Consent.words)
        .where(Consent.person_id == person_id, Consent.list_id.in_([row[0] for row in rows]))
        .order_by(Consent.id)
    )
    ledger: defaultdict[int, list[LedgerLine]] = defaultdict(list)
    for list_id, deed, at, place, words in entries:
        ledger[list_id or 0].append(LedgerLine(deed, at, place, words))
    return [SubscriptionLine(*row, ledger=tuple(ledger[row[0]])) for row in rows]


@dataclass(frozen=True, slots=True)
class NumbersLine:
    """What the organizers of an event told of it afterwards; they share one link."""

    event_id: int
    event_name: str
    applicants: int | None
    attendees: int | None
    told_at: datetime | None


def find_numbers_of(scope: Scope, person_id: int) -> list[NumbersLine]:
    """Return the numbers that were told of the events that a person organizes, of those that are seen."""
    rows = db.session.execute(
        select(Event.id, Event.name, Event.applicant_count, Event.attendee_count, Event.numbers_told_at)
        .join(Membership, Membership.event_id == Event.id)
        .where(
            Membership.person_id == person_id,
            Membership.kind == MembershipKind.ORGANIZER,
            Event.numbers_told_at.isnot(None),
            within(scope, Event.programme_id, Event.id),
        )
        .order_by(Event.id.desc())
        .limit(MOST)
    )
    return [NumbersLine(*row) for row in rows]
