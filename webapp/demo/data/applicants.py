"""Makes the demo's forms and the applications that came in by them, as they stood before anybody decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from flask import current_app
from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlalchemy.orm import Session

from webapp.core.words import translator
from webapp.demo.data.answers import make_answers
from webapp.demo.data.attend_plan import ATTEND_PLANS, WITHDRAWN, AttendPlan
from webapp.demo.data.names import NameMaker
from webapp.demo.data.people import on_clock
from webapp.demo.data.places import EVENTS, DemoEvent
from webapp.demo.data.world import World, make_random
from webapp.people.models.membership import Membership, MembershipKind
from webapp.people.models.person import Person
from webapp.programme.domain.attend_defaults import default_questions
from webapp.programme.domain.attend_links import seal_application
from webapp.programme.models.activity import Activity
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Event

# What the demo's mail server plays for the address of an applicant: (event, place among them) -> its first word.
PLAYED = {
    ("lodz-2", 20): "bounce",
    ("lodz-2", 33): "bounce",
    ("athens-1", 12): "bounce",
    ("athens-1", 29): "spam",
    ("taipei-1", 31): "bounce",
    ("krakow-3", 15): "soft",
    ("krakow-3", 40): "slow",
    ("krakow-3", 71): "full",
    ("cairo-2", 30): "bounce",
    ("cairo-2", 55): "full",
    ("sao-paulo-1", 25): "bounce",
    ("valencia-ve-1", 5): "full",
    ("valencia-ve-1", 9): "lost",
    ("bases-du-web", 8): "soft",
    ("bases-du-web", 16): "drop",
    ("lagos-4", 31): "spam",
    ("lagos-4", 44): "bounce",
}
WORDS = {  # of the organizers, in the letter that confirms an application
    "pl": "Odpowiemy w ciągu dwóch tygodni po zamknięciu zapisów. Do zobaczenia!",
    "ar": "سنكتب إليكم خلال أسبوعين من إغلاق التسجيل.",
    "pt-BR": "Respondemos a todas as inscrições até duas semanas depois do prazo.",
    "fr": "Nous répondons à tout le monde dans la semaine qui suit la clôture.",
}


@dataclass(frozen=True, slots=True)
class Applied:
    """An application as it came in.

    Args:
        id, number, person_id: as on the row.
        address: of its applicant.
        fate: a key of ``AttendPlan.counts``.
        submitted_at: when.
    """

    id: int
    number: int
    person_id: int
    address: str
    fate: str
    submitted_at: datetime


def make_forms(session: Session, world: World) -> dict[str, Form]:
    """Make the form of every event that has one, with the usual questions, by the event's slug."""
    made = {}
    for planned in EVENTS:
        if planned.form is None:
            continue
        event = world.events[planned.slug]
        opens, closes = planned.form
        made[planned.slug] = Form(
            event_id=event.id,
            programme_id=event.programme_id,
            intro=f"<p>Tell us a little about yourself. All that we ask for {event.name} is on this page.</p>",
            confirmation=WORDS.get(planned.locale, ""),
            opens_at=None if opens is None else on_clock(planned, opens, 18, world.now),
            closes_at=None if closes is None else on_clock(planned, closes, 23, world.now),
            locale=planned.locale,
            created_at=world.now - timedelta(days=planned.known_for - 1),
            updated_at=world.now - timedelta(days=planned.known_for - 1),
        )
    session.add_all(made.values())
    session.flush()
    rows = [
        {
            "form_id": form.id,
            "key": asked.key,
            "label": asked.label,
            "help": asked.help,
            "kind": asked.kind.value,
            "choices": list(asked.choices),
            "is_required": asked.is_required,
            "position": position,
            "role": asked.role.value,
            "is_hidden_from_reviewers": asked.is_hidden_from_reviewers,
        }
        for slug, form in made.items()
        for position, asked in enumerate(
            default_questions(form.locale, world.events[slug].programme.event_word, translator(form.locale))
        )
    ]
    session.execute(insert(Question), rows)
    return made


def make_applicants(
    session: Session, world: World, forms: dict[str, Form], names: NameMaker
) -> dict[str, list[Applied]]:
    """Make everybody who applied, and their applications, by the event's slug in the order they came."""
    random = make_random("applicants")
    planned = {event.slug: event for event in EVENTS}
    return {
        plan.event: _apply(session, world, forms[plan.event], planned[plan.event], plan, names, random)
        for plan in ATTEND_PLANS
    }


def _apply(
    session: Session,
    world: World,
    form: Form,
    planned: DemoEvent,
    plan: AttendPlan,
    names: NameMaker,
    random: Random,
) -> list[Applied]:
    """Let everybody of one event apply."""
    fates = [fate for fate, count in plan.counts.items() for _ in range(count)]
    random.shuffle(fates)
    moments = _moments(form, world.now, plan.total, random)
    people = _find_or_make_people(session, world, planned, plan, names, moments)
    event = world.events[plan.event]
    rows: list[dict[str, object]] = []
    for number, (person, fate, at) in enumerate(zip(people, fates, moments, strict=True), start=1):
        rows.append(
            {
                "programme_id": event.programme_id,
                "event_id": event.id,
                "form_id": form.id,
                "number": number,
                "person_id": person.id,
                "answers": make_answers(random, planned.locale, person.name, person.email or "", number),
                "locale": planned.locale,
                "submitted_at": at,
                "submission_token": f"demo-{plan.event}-{number}",
                "tags": ["round 2"] if number <= plan.second_round else [],
                "withdrawn_at": at + timedelta(days=3) if fate == WITHDRAWN else None,
            }
        )
    ids = session.scalars(insert(Application).returning(Application.id, sort_by_parameter_order=True), rows)
    applied = [
        Applied(id_, number, person.id, person.email or "", fate, at)
        for number, (id_, person, fate, at) in enumerate(
            zip(ids, people, fates, moments, strict=True), start=1
        )
    ]
    form.last_number = plan.total
    _seal(session, applied)
    _belong(session, event, applied)
    return applied


def _moments(form: Form, now: datetime, count: int, random: Random) -> list[datetime]:
    """Return when people applied: most soon after the opening and shortly before the end, none in the future."""
    opens = form.opens_at or now - timedelta(days=40)
    closes = min(form.closes_at or now, now - timedelta(hours=2))
    span = (closes - opens).total_seconds()
    shares = (random.betavariate(0.7, 0.8) for _ in range(count))
    return sorted(opens + timedelta(seconds=int(span * share)) for share in shares)


def _find_or_make_people(
    session: Session,
    world: World,
    planned: DemoEvent,
    plan: AttendPlan,
    names: NameMaker,
    moments: Sequence[datetime],
) -> list[Person]:
    """Return the applicants; whoever is known by their address is the same person."""
    wanted: list[str] = []
    fresh: dict[str, dict[str, object]] = {}
    for number, at in enumerate(moments, start=1):
        name, greeting, address = names.make(planned.locale, plan.event, PLAYED.get((plan.event, number), ""))
        wanted.append(address)
        if address not in world.people:
            fresh[address] = {
                "email": address,
                "name": name,
                "greeting": greeting,
                "locale": planned.locale,
                "created_at": at,
                "updated_at": at,
            }
    made = session.scalars(
        insert(Person).returning(Person, sort_by_parameter_order=True), list(fresh.values())
    )
    world.people.update({person.email or "": person for person in made})
    return [world.people[address] for address in wanted]


def _seal(session: Session, applied: Sequence[Applied]) -> None:
    """Give every application the reference that its links carry."""
    keys = current_app.extensions["tokens"]
    session.execute(
        update(Application.__table__)  # type: ignore[arg-type]  # a mapped class's table is a Table
        .where(Application.id == bindparam("key"))
        .values(token=bindparam("sealed")),
        [{"key": one.id, "sealed": seal_application(keys, one.id, 1)} for one in applied],
    )


def _belong(session: Session, event: Event, applied: Sequence[Applied]) -> None:
    """Let the applicants belong to the event, and write their applications into its history."""
    place: dict[str, Any] = {"programme_id": event.programme_id, "event_id": event.id}
    session.execute(
        insert_or_not(Membership).on_conflict_do_nothing(),
        [
            place
            | {"person_id": one.person_id, "kind": MembershipKind.APPLICANT, "created_at": one.submitted_at}
            for one in applied
        ],
    )
    deeds: list[tuple[Applied, str, datetime]] = [
        (one, "application.received", one.submitted_at) for one in applied
    ]
    deeds += [
        (one, "application.withdrawn", one.submitted_at + timedelta(days=3))
        for one in applied
        if one.fate == WITHDRAWN
    ]
    session.execute(
        insert(Activity),
        [
            place
            | {
                "verb": verb,
                "subject_type": "application",
                "subject_id": one.id,
                "at": at,
                "after": "undecided" if verb == "application.received" else None,
                "before": "undecided" if verb == "application.withdrawn" else None,
                "data": {"number": one.number},
            }
            for one, verb, at in deeds
        ],
    )
