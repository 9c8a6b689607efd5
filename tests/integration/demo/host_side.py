"""What is asked of the demo's host side: each instructive application, message and run of a rule is there."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.core.database import Base
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Chunk, Shoot, ShootTally
from webapp.people.models.person import Person
from webapp.people.models.user import User
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.host_undo import undo_host_decision
from webapp.programme.models.activity import Activity
from webapp.programme.models.contact import ContactMessage
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.mailbox import Mailbox
from webapp.programme.models.newsletter import Consent, Subscription
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.host_clash import (
    ClashKind,
    find_clashes,
    find_previous_editions,
    propose_host_slug,
)


def count_states(session: Session, model: type[Base]) -> dict[str, int]:
    state: Any = model.__table__.c.state
    return {row[0]: row[1] for row in session.execute(select(state, func.count()).group_by(state))}


def find_host(session: Session, city: str, state: str | None = None) -> HostApplication:
    query = select(HostApplication).where(HostApplication.city == city)
    query = query if state is None else query.where(HostApplication.state == state)
    return session.scalars(query).one()


def check_states(session: Session, at: datetime) -> None:
    wanted = {"new": 6, "in_review": 4, "on_hold": 2, "accepted": 6, "rejected": 3, "withdrawn": 1}
    assert count_states(session, HostApplication) == wanted
    rows = session.scalars(select(HostApplication)).all()
    sent = session.scalar(select(func.count()).where(Activity.verb == "host.submitted"))
    assert sent == len(rows) == 22
    ids = [row.id for row in sorted(rows, key=lambda row: row.created_at)]
    assert ids == sorted(ids)  # numbers grow with time
    for row in rows:
        history = session.scalars(
            select(Activity)
            .where(Activity.subject_type == "host_application", Activity.subject_id == row.id)
            .order_by(Activity.id)
        ).all()
        assert [one.at for one in history] == sorted(one.at for one in history)
        assert [one.after for one in history if one.after][-1] == row.state
        assert history[0].at == row.created_at
    accepted = [row for row in rows if row.state == "accepted"]
    events = session.scalars(select(Event).where(Event.host_application_id.is_not(None))).all()
    assert {event.host_application_id for event in events} == {row.id for row in accepted}


def check_clashes(session: Session, at: datetime) -> None:
    first, second = find_host(session, "Kraków", "in_review"), find_host(session, "Krakow")
    assert (second.proposed_on - first.proposed_on).days == 35
    assert first.lead_person_id != second.lead_person_id
    for one, other in ((first, second), (second, first)):
        found = [clash for clash in find_clashes(one) if clash.kind is ClashKind.SAME_PLACE_APPLICATION]
        assert [clash.application_id for clash in found] == [other.id]
    assert propose_host_slug(find_host(session, "北京")) == ""
    assert propose_host_slug(first) == f"krakow-{first.proposed_on.year}"  # krakow@ is an earlier edition's
    lodz = find_previous_editions(find_host(session, "Lodz"))
    assert (len(lodz[0].shared), lodz[0].is_claimed) == (2, True)
    nairobi = find_previous_editions(find_host(session, "Nairobi", "in_review"))
    assert [one.shared for one in nairobi] == [()]
    assert ClashKind.BLOCKED in {clash.kind for clash in find_clashes(find_host(session, "Manila"))}
    assert ClashKind.ADDRESS_FAILS in {clash.kind for clash in find_clashes(find_host(session, "Quito"))}


def check_one_of_a_kind(session: Session, at: datetime) -> None:
    assert len(find_host_ids(session, "Ciudad de México")) == 10
    long = find_host(session, "Hà Nội")
    assert max(len(str(answer)) for answer in long.answers.values()) > 8_900
    held = find_host(session, "Kampala")
    said = select(func.count()).where(Activity.verb == "comment", Activity.subject_id == held.id)
    assert (held.state, session.scalar(said)) == ("on_hold", 3)
    assert "do write again" in find_host(session, "Dublin").note
    refused = session.scalars(select(Activity).where(Activity.verb == "host.refused")).one()
    asked_on = datetime.fromisoformat(refused.data["proposed_on"]).date()
    assert (asked_on - refused.at.date()).days == 61
    lisbon = find_host(session, "Lisboa")
    assert lisbon.undo_until is not None
    assert abs(lisbon.state_at - (at - timedelta(minutes=4))) < timedelta(seconds=30)
    assert lisbon.undo_until > at
    assert count_states(session, Mailbox)["failed"] == 1


def find_host_ids(session: Session, city: str) -> list[int]:
    row = find_host(session, city)
    query = select(EmailLog.person_id).join(Shoot, Shoot.id == EmailLog.shoot_id)
    return list(session.scalars(query.where(Shoot.cause == "host.received", Shoot.batch == f"host:{row.id}")))


def check_letters(session: Session, at: datetime) -> None:
    """Each letter has its row, its tally and its end; what is held waits for a mailbox or the end of a time."""
    rows = session.execute(
        select(Shoot.cause, Shoot.state, EmailLog.state, Shoot.gate, EmailLog.address)
        .join(EmailLog, EmailLog.shoot_id == Shoot.id)
        .where(Shoot.batch.like("host:%"))
    ).all()
    held = [row for row in rows if row[1] == "held"]
    assert Counter(row[0] for row in held) == {"host.accepted": 6, "account.invite": 3}
    assert sum(1 for row in held if row.gate and row[0] == "host.accepted") == 6
    assert {row[1] for row in rows if row not in held} == {"completed"}
    failed = [row for row in rows if row[2] == "failed"]
    assert [row.address for row in failed] == ["lucia.paredes@gmial.example"]
    settled = [row for row in rows if row not in held]
    assert {row[2] for row in settled} == {"sent", "failed"}
    mumbai = session.scalars(select(Mailbox).where(Mailbox.state == "failed")).one()
    assert f"mailbox:{mumbai.id}" in {row.gate for row in held}
    assert session.scalar(select(func.count()).select_from(EmailLog)) == session.scalar(
        select(func.sum(ShootTally.letter_count))
    )
    left = select(func.count()).join(Shoot, Shoot.id == Chunk.shoot_id).select_from(Chunk)
    assert not session.scalar(left.where(Shoot.state == "completed", Chunk.next_at.is_not(None)))
    early = select(func.count()).select_from(EmailLog).join(Shoot, Shoot.id == EmailLog.shoot_id)
    assert not session.scalar(early.where(EmailLog.settled_at < Shoot.created_at))


def check_messages(session: Session, at: datetime) -> None:
    wanted = {"received": 2, "forwarded": 6, "answered": 4, "closed": 3, "spam": 2}
    assert count_states(session, ContactMessage) == wanted
    about = session.scalars(
        select(ContactMessage).where(ContactMessage.subject == "About an organizer")
    ).one()
    assert (about.kind, about.event_id is not None) == ("support", True)
    told = session.scalars(
        select(EmailLog.address)
        .join(Shoot, Shoot.id == EmailLog.shoot_id)
        .where(Shoot.batch == f"contact:{about.id}")
    ).all()
    assert told == ["help@code-circle.example"]


def check_newsletter(session: Session, at: datetime) -> None:
    wanted = {"subscribed": 158, "pending": 14, "unsubscribed": 27, "bounced": 13}
    assert count_states(session, Subscription) == wanted
    deeds: dict[int, list[str]] = {}
    for entry in session.scalars(select(Consent).order_by(Consent.at, Consent.id)):
        deeds.setdefault(entry.person_id, []).append(entry.deed)
    last = {"subscribed": {"confirmed", "imported"}, "pending": {"asked"}}
    for row in session.scalars(select(Subscription)):
        assert deeds[row.person_id][-1] in last.get(row.state, {"withdrawn"}), row.person.email
    assert len(set(session.scalars(select(Consent.words).where(Consent.words != "")))) == 2


def check_rules(session: Session, at: datetime) -> None:
    query = select(Event.slug, RuleRun.rule, RuleRun).join(Event, Event.id == RuleRun.event_id)
    runs = {(slug, rule): run for slug, rule, run in session.execute(query)}
    assert {run.state for run in runs.values()} == {"scheduled", "sent", "skipped", "missed", "failed"}
    assert all(run.reason for run in runs.values() if run.state in {"skipped", "missed", "failed"})
    due = runs["nairobi-2", "offer_help"]
    assert (due.state, due.due_at is not None and due.due_at < at) == ("scheduled", True)
    assert runs["taipei-1", "thank_you"].state == "scheduled"
    assert runs["athens-1", "ask_numbers"].state == "failed"
    for slug, words in (
        ("valencia-es-1", "Only the month"),
        ("reykjavik-1", "cancelled"),
        ("tbilisi-1", "postponed"),
    ):
        assert runs[slug, "thank_you"].state == "skipped"
        assert words in runs[slug, "thank_you"].reason
    for run in runs.values():
        if run.state == "sent":
            count = select(func.count()).select_from(EmailLog).join(Shoot, Shoot.id == EmailLog.shoot_id)
            assert session.scalar(count.where(Shoot.batch == run.batch)) == run.letter_count > 0, run.rule


def check_undo(session: Session, at: datetime) -> None:
    """The youngest acceptance can be taken back, and leaves nothing behind."""
    row = find_host(session, "Lisboa")
    author = session.get_one(User, row.decided_by_id)
    before = session.scalar(select(func.count()).select_from(User)) or 0
    state = undo_host_decision(scope=get_scope(author), application_id=row.id, now=at)
    assert state == "in_review"
    assert session.scalar(select(Event.id).where(Event.slug == "lisbon")) is None
    assert session.scalar(select(func.count()).select_from(User)) == before - 3
    assert session.scalar(select(Person.id).where(Person.email == "ines.brandao@example.com")) is not None


CHECKS: tuple[Callable[[Session, datetime], None], ...] = (
    check_states,
    check_clashes,
    check_one_of_a_kind,
    check_letters,
    check_messages,
    check_newsletter,
    check_rules,
    check_undo,
)
"""Each is given the session and the moment at which the demo was loaded."""
