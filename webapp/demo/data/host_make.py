"""Makes the demo's applications to host with their histories, by the actions that make real ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.demo.data.host_accept import accept_into
from webapp.demo.data.host_decided import ACCEPTED, CLOSED
from webapp.demo.data.host_open import HELD, NEW, REVIEWED
from webapp.demo.data.host_plan import ADMIN, HostPlan, Step
from webapp.demo.data.past import at_time, delivering
from webapp.demo.data.world import World, make_random
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.people.queries.scope import get_scope
from webapp.programme.actions.host_notes import assign_host, comment_host, set_organizer_flag
from webapp.programme.actions.host_people import ensure_person
from webapp.programme.actions.host_submit import HostSubmission, Organizer, submit_host_application
from webapp.programme.actions.host_triage import triage_host, withdraw_by_link
from webapp.programme.domain.host_rules import DatePrecision, HostRefusedError, PartialDate
from webapp.programme.models.host_application import HostApplication
from webapp.programme.models.programme import Event
from webapp.programme.queries.host_links import make_host_token

HOST_PLANS = (*NEW, *REVIEWED, *HELD, *ACCEPTED, *CLOSED)
PROGRAMME = "code-circle"
TOO_SOON = 61  # days ahead; the programme asks for ninety
FLAGS = (
    ("ramon.dalisay@example.net", "Ramón Dalisay", "blocked", "Kept the sponsors' money of another meetup."),
    ("ruben.zepeda@example.com", "Rubén Zepeda", "watch", "Left his last team two weeks before the day."),
)


@dataclass(frozen=True, slots=True)
class _Making:
    """What all deeds need: the open session, the places, and which application a plan has become."""

    session: Session
    world: World
    ids: dict[str, int]


def make_host_side(session: Session, world: World, now: datetime) -> None:
    """Make the applications to host of the demo, each deed at its time, with letters and history.

    Args:
        session: of the open transaction.
        world: places, staff and people; mailboxes are made already, one letter waits for one of them.
        now: the moment of loading, from which all dates are counted.
    """
    making = _Making(session, world, {})
    with at_time(session, now - timedelta(days=200)):
        _warn(making)
    deeds: list[tuple[datetime, Callable[[], None]]] = [
        (now - timedelta(days=4.2), lambda: _be_refused(making, now - timedelta(days=4.2)))
    ]
    random = make_random("host")
    for plan in HOST_PLANS:
        minutes = random.randint(-300, 300)
        sent_at = _moment(now, plan.days_ago, minutes)
        deeds.append((sent_at, _submitting(making, plan, sent_at, now)))
        for number, step in enumerate(plan.steps, 1):
            at = _moment(now, step.days_ago, minutes - 9 * number)
            deeds.append((at, _stepping(making, plan, step, at)))
    with delivering(session):
        for at, deed in sorted(deeds, key=lambda one: one[0]):
            with at_time(session, at):
                deed()


def _moment(now: datetime, days_ago: float, minutes: int) -> datetime:
    """Return the moment so many days ago; but for the last two days, at another time of day than now."""
    return now - timedelta(days=days_ago, minutes=minutes if days_ago > 2 else 0)


def _warn(making: _Making) -> None:
    """Let support have been warned of two people."""
    scope = get_scope(making.world.users[ADMIN])
    for address, name, kind, reason in FLAGS:
        person = ensure_person(address, name, "en")
        making.world.people[address] = person
        set_organizer_flag(scope=scope, person_id=person.id, kind=kind, reason=reason)


def _be_refused(making: _Making, at: datetime) -> None:
    """Let somebody ask for a day that is too near; the history of the programme keeps that."""
    words = HostSubmission(
        programme_id=making.world.programmes[PROGRAMME].id,
        submission_token="demo-too-soon",  # noqa: S106 -- names a form, opens nothing
        organizers=(Organizer("mette.holm@example.net", "Mette Holm"),),
        city="København",
        country="DK",
        proposed=PartialDate((at + timedelta(days=TOO_SOON)).date()),
        answers={"about": "We are two.", "why": "Soon is best."},
    )
    try:
        submit_host_application(submission=words, now=at)
    except HostRefusedError:
        return
    raise LookupError(f"The programme takes applications that are only {TOO_SOON} days ahead.")


def _submitting(making: _Making, plan: HostPlan, at: datetime, now: datetime) -> Callable[[], None]:
    """Return the deed of sending an application in."""

    def submit() -> None:
        day = (now + timedelta(days=plan.days_ahead)).date()
        month = PartialDate(day.replace(day=1), DatePrecision.MONTH)
        claimed = making.world.events[plan.claimed] if plan.claimed else None
        done = submit_host_application(
            submission=HostSubmission(
                programme_id=making.world.programmes[PROGRAMME].id,
                submission_token=f"demo-{plan.key}",
                organizers=_team_of(making, plan),
                city=plan.city,
                country=plan.country,
                proposed=month if plan.is_month else PartialDate(day),
                answers=plan.answers,
                format=plan.format,
                is_returning=claimed is not None,
                claimed_event_id=claimed.id if claimed else None,
                locale=plan.locale,
            ),
            now=at,
        )
        making.ids[plan.key] = done.application_id

    return submit


def _team_of(making: _Making, plan: HostPlan) -> tuple[Organizer, ...]:
    """Return who applies: whoever organizes the event that they name or that came of it, then the plan's people."""
    slug = plan.becomes or plan.claimed
    known = find_organizers(making.session, making.world.events[slug]) if slug else []
    people = [(one.email or "", one.name) for one in known]
    return tuple(Organizer(address, name) for address, name in (*people, *plan.team))


def find_organizers(session: Session, event: Event) -> list[Person]:
    """Return the organizers of an event who have an address, the first first."""
    return list(
        session.scalars(
            select(Person)
            .join(Membership, Membership.person_id == Person.id)
            .where(
                Membership.event_id == event.id,
                Membership.kind == MembershipKind.ORGANIZER,
                Person.email.is_not(None),
            )
            .order_by(Membership.id)
        )
    )


def _stepping(making: _Making, plan: HostPlan, step: Step, at: datetime) -> Callable[[], None]:
    """Return the deed of one step."""

    def take_step() -> None:
        application_id = making.ids[plan.key]
        if step.deed == "withdraw_by_link":
            row = making.session.get_one(HostApplication, application_id)
            token = make_host_token(row.id, row.lead_person_id)
            withdraw_by_link(token=token, comment=step.words, now=at)
            return
        user = making.world.users[step.by]
        scope = get_scope(user)
        if step.deed == "comment":
            comment_host(scope=scope, application_id=application_id, comment=step.words)
        elif step.deed == "assign":
            assign_host(scope=scope, application_id=application_id, user_id=making.world.users[step.words].id)
        elif step.deed == "accept_into" and plan.becomes:
            accept_into(scope, application_id, making.world.events[plan.becomes], step, at)
        elif step.deed == "accept":
            triage_host(
                scope=scope,
                application_id=application_id,
                action="accept",
                comment=step.words,
                now=at,
                slug=plan.key,
            )
        else:
            triage_host(
                scope=scope,
                application_id=application_id,
                action=step.deed,
                comment=step.words,
                now=at,
                note=step.note,
            )

    return take_step
