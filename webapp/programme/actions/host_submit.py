"""Take an application to host: people, application, history and letters in one transaction, and only once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core.errors import NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.core.words import say
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.people.models.person import Person
from webapp.programme.actions.host_letters import tell_organizers, tell_support
from webapp.programme.actions.host_people import ensure_host, ensure_person
from webapp.programme.domain.city_names import city_key
from webapp.programme.domain.host_questions import LONGEST_ANSWER
from webapp.programme.domain.host_rules import (
    HostLimits,
    HostRefusedError,
    PartialDate,
    Refusal,
    refuse_date,
    refuse_lead,
)
from webapp.programme.models.activity import write_activity
from webapp.programme.models.host_application import HostApplication, HostMember
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.host import claim_reference, find_earlier_applications

MOST_ORGANIZERS = 10
LONGEST_NAME = 120  # characters


@dataclass(frozen=True, slots=True)
class Organizer:
    """One of the team, as typed."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class HostSubmission:
    """What was typed in the whole wizard.

    Args:
        programme_id: to whom.
        submission_token: of this filling-in; sent twice it is one application.
        organizers: the lead first, one to ten.
        city, country: where; the country as a code or in words.
        proposed: when.
        answers: by key of ``HOST_QUESTIONS``.
        format: ``in_person`` or ``remote``.
        is_returning: they have organized before.
        claimed_event_id: and this was it.
        locale: in which they filled it in.
    """

    programme_id: int
    submission_token: str
    organizers: tuple[Organizer, ...]
    city: str
    country: str
    proposed: PartialDate
    answers: Mapping[str, str]
    format: str = "in_person"
    is_returning: bool = False
    claimed_event_id: int | None = None
    locale: str = "en"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of it.

    Args:
        application_id, reference: the application.
        is_new: false when it had arrived before.
    """

    application_id: int
    reference: str
    is_new: bool


def limits_of(programme: Programme) -> HostLimits:
    """Return what a programme asks of applications."""
    return HostLimits(programme.min_lead_days, programme.min_gap_days, programme.open_application_days)


def submit_host_application(*, submission: HostSubmission, now: datetime) -> Submitted:
    """Take an application.

    Args:
        submission: what was typed.
        now: when.

    Raises:
        NotFoundError: there is no such programme, or nobody can apply there now.
        HostRefusedError: all that is wrong with it, each with its field; what the rules refuse is remembered.
    """
    try:
        with transaction() as session:
            reference = claim_reference(now.year)  # also lets one come after the other
            there = session.scalar(
                select(HostApplication).where(HostApplication.submission_token == submission.submission_token)
            )
            if there is not None:
                return Submitted(there.id, there.reference, is_new=False)
            programme = session.get(Programme, submission.programme_id)
            if programme is None or not programme.is_hosting_open:
                raise NotFoundError("Nobody can apply here now.")
            team = _read_team(submission)
            _read_words(session, submission)
            people = [ensure_person(one.email, one.name, submission.locale) for one in team]
            _obey_rules(programme, people[0], submission, now)
            row = _write(session, submission, people, reference, now)
            return Submitted(row.id, row.reference, is_new=True)
    except _RuleError as error:
        _remember(submission, error)
        raise


class _RuleError(HostRefusedError):
    """It was filled in well, and a rule of the programme is against it."""


def _read_team(submission: HostSubmission) -> list[Organizer]:
    """Return the organizers as they are stored."""
    refusals: list[Refusal] = []
    found: dict[str, Organizer] = {}
    for place, one in enumerate(submission.organizers):
        name = normalise_name(one.name)
        if not name or len(name) > LONGEST_NAME:
            sentence = say("Write their name, with at most %(count)s characters.", count=LONGEST_NAME)
            refusals.append(Refusal(f"organizers-{place}-name", sentence))
        try:
            address = normalise_address(one.email)
        except StaffError as error:
            refusals.append(Refusal(f"organizers-{place}-email", error.message))
            continue
        if address in found:
            sentence = say("This address is there twice; each organizer needs one of their own.")
            refusals.append(Refusal(f"organizers-{place}-email", sentence))
        found[address] = Organizer(address, name)
    if not 1 <= len(submission.organizers) <= MOST_ORGANIZERS:
        refusals.append(
            Refusal("organizers", say("A team has 1 to %(count)s organizers.", count=MOST_ORGANIZERS))
        )
    if refusals:
        raise HostRefusedError(refusals)
    return list(found.values())


def _read_words(session: Session, submission: HostSubmission) -> None:
    """Refuse what cannot be stored."""
    refusals = [
        Refusal(field, sentence)
        for field, sentence in (
            ("city", say("Write the city, with at most %(count)s characters.", count=LONGEST_NAME)),
            ("country", say("Write the country, with at most %(count)s characters.", count=LONGEST_NAME)),
        )
        if not 0 < len(normalise_name(getattr(submission, field))) <= LONGEST_NAME
    ]
    refusals += [
        Refusal(key, say("At most %(count)s characters, please.", count=LONGEST_ANSWER))
        for key, answer in submission.answers.items()
        if len(answer) > LONGEST_ANSWER
    ]
    if submission.format not in {"in_person", "remote"}:
        refusals.append(Refusal("format", say("Choose a place or remote.")))
    if submission.claimed_event_id is not None:
        event = session.get(Event, submission.claimed_event_id)
        if event is None or event.programme_id != submission.programme_id:
            refusals.append(Refusal("previous_event", say("Choose one of the list.")))
    if refusals:
        raise HostRefusedError(refusals)


def _obey_rules(programme: Programme, lead: Person, submission: HostSubmission, now: datetime) -> None:
    """Refuse what the programme's rules are against."""
    limits = limits_of(programme)
    today = now.astimezone(ZoneInfo(programme.timezone)).date()
    earlier = find_earlier_applications(
        programme.id, lead.id, timedelta(days=programme.open_application_days)
    )
    refusals = refuse_lead(submission.proposed, earlier, now, limits)
    too_early = refuse_date(submission.proposed, today, limits)
    if too_early is not None:
        refusals.append(too_early)
    if refusals:
        raise _RuleError(refusals)


def _write(
    session: Session, submission: HostSubmission, people: list[Person], reference: str, now: datetime
) -> HostApplication:
    """Write the application with its team, its history and its letters."""
    row = HostApplication(
        programme_id=submission.programme_id,
        reference=reference,
        lead_person_id=people[0].id,
        locale=submission.locale,
        city=normalise_name(submission.city),
        country=normalise_name(submission.country),
        city_key=city_key(submission.city),
        format=submission.format,
        proposed_on=submission.proposed.first,
        date_precision=submission.proposed.precision.value,
        is_returning=submission.is_returning,
        claimed_event_id=submission.claimed_event_id,
        answers={key: answer.strip() for key, answer in submission.answers.items() if answer.strip()},
        submission_token=submission.submission_token,
        created_at=now,
        state_at=now,
    )
    session.add(row)
    session.flush()
    for place, person in enumerate(people):
        session.add(HostMember(application_id=row.id, person_id=person.id, position=place))
        ensure_host(person, row.programme_id)
    session.flush()
    tell_organizers(row, "host.received", is_decision=False)
    is_told = tell_support(row, "host.notify_support")
    write_activity(
        "host.submitted",
        "host_application",
        row.id,
        actor_id=None,
        programme_id=row.programme_id,
        after=row.state,
        is_support_told=is_told,
    )
    return row


def _remember(submission: HostSubmission, error: HostRefusedError) -> None:
    """Keep that somebody was refused and why, for whoever they ask; not who it was."""
    with transaction():
        write_activity(
            "host.refused",
            "programme",
            submission.programme_id,
            actor_id=None,
            programme_id=submission.programme_id,
            comment=error.message,
            city=normalise_name(submission.city)[:LONGEST_NAME],
            proposed_on=submission.proposed.first.isoformat(),
        )
