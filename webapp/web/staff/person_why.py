"""“Why did(n't) they get it?” on a person's page: a shoot is chosen, and everything known is told in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for

from webapp.mail.domain.audience import read_audience
from webapp.mail.domain.held_back import held_back
from webapp.mail.domain.report_words import readable_subject
from webapp.mail.domain.why_shoot import Block, Case, Row, Told, Wish, tell_why
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.opt_out import OptOut, OptOutScope
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.person_letters import find_suppression_of
from webapp.mail.queries.person_shoots import ShootOption, find_letter_in, find_recent_shoots, judge_groups
from webapp.mail.queries.report_letter import find_wishes
from webapp.mail.queries.schedule import get_shoot
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import Scope
from webapp.people.models.membership import Membership
from webapp.people.models.person import Person
from webapp.programme.domain.person_words import describe_attend
from webapp.programme.queries.person_facts import AttendLine
from webapp.web.formats import instant
from webapp.web.forms.choices import read_id
from webapp.web.staff.place_names import PlaceNames
from webapp.web.staff.shoots_page import GATE_WORDS, cause_of
from webapp.web.staff.stop_all import stop_in_force
from webapp.web.theme import reader_zone

SOURCE_WORDS = {
    "page": "on the page behind a letter",
    "one_click": "by the button of their mail program",
    "staff": "through staff",
}
SUPPRESSED_WORDS = {
    "bounced": "mail to it came back",
    "complained": "they reported a letter as spam",
    "manual": "staff said so",
}


def write_when(value: datetime) -> str:
    """Return an instant in the reader's zone, for a sentence."""
    return instant(value, reader_zone())


@dataclass(frozen=True, slots=True)
class WhyView:
    """The question with its answer.

    Args:
        options: the shoots that one may ask about.
        shoot_id: the one that was asked about; None for none.
        subject: what it is called.
        told: the answer.
        letter_url: the page of their letter, where there is one.
    """

    options: Sequence[ShootOption]
    shoot_id: int | None = None
    subject: str = ""
    told: Told | None = None
    letter_url: str | None = None


def view_why(
    scope: Scope, person: Person, memberships: Sequence[Membership], applications: Sequence[AttendLine]
) -> WhyView:
    """Return the question as ``?shoot=`` asks it.

    Args:
        scope: who asks.
        person: about whom; they may be seen.
        memberships: of the person, that may be seen.
        applications: likewise.

    Raises:
        NotFoundError: the shoot is not there, or not for whoever asks.
    """
    event_ids = {row.event_id for row in memberships if row.event_id is not None}
    event_ids |= {line.event_id for line in applications}
    options = find_recent_shoots(scope, event_ids, {row.programme_id for row in memberships})
    asked = read_id(request.args.get("shoot", ""))
    if asked is None:
        return WhyView(options)
    shoot = get_shoot(scope, asked)
    found = find_letter_in(shoot, person.id)
    if found is not None:
        shoot = found[1]
    letter = found[0] if found else None
    case = _case(scope, person, shoot, letter, memberships, applications)
    return WhyView(
        options=options,
        shoot_id=asked,
        subject=readable_subject(shoot.version.subject, shoot.constants),
        told=tell_why(case, write_when),
        letter_url=url_for("log.show", shoot_id=letter.shoot_id, seq=letter.seq) if letter else None,
    )


def _case(
    scope: Scope,
    person: Person,
    shoot: Shoot,
    letter: EmailLog | None,
    memberships: Sequence[Membership],
    applications: Sequence[AttendLine],
) -> Case:
    """Gather everything that is known of a person and a shoot."""
    wishes = find_wishes(shoot, person.id)
    names = PlaceNames((wish.programme_id, wish.event_id) for wish in wishes)
    audience = read_audience(shoot.audience) if letter is None and shoot.cause is None else None
    place = Place(scope, shoot.programme_id, shoot.event_id)
    role = cause_of(shoot)
    gate = (shoot.gate or "").partition(":")[0]
    return Case(
        state=shoot.state,
        state_reason=shoot.state_reason,
        kind=shoot.kind,
        cause=role.label if role else "",
        scheduled_at=shoot.scheduled_at,
        frozen_at=shoot.started_at or (shoot.created_at if shoot.cause else None),
        gate=GATE_WORDS.get(gate, "what it waits for is ready") if gate else "",
        row=_row(letter) if letter else None,
        held=held_back(letter.seq, shoot.open_to, is_stopped=stop_in_force() is not None) if letter else "",
        wishes=tuple(_wish(wish, names) for wish in wishes),
        block=_block(letter.address if letter and letter.state == "skipped" else person.email),
        has_address=person.email is not None,
        known_since=person.created_at,
        joined_at=_joined_at(shoot, memberships),
        chosen=judge_groups(audience.include, place, person.id) if audience else (),
        left_out=judge_groups(audience.exclude, place, person.id) if audience else (),
        standing=_standing(shoot, applications),
    )


def _row(letter: EmailLog) -> Row:
    return Row(
        state=letter.state,
        reason=letter.reason,
        detail=letter.detail,
        address=letter.address,
        handed_at=letter.handed_at,
        settled_at=letter.settled_at,
        next_at=letter.next_at,
    )


def _wish(wish: OptOut, names: PlaceNames) -> Wish:
    place = names.of(wish.programme_id, wish.event_id)
    words = "everything that is not essential" if wish.scope == OptOutScope.ALL else f"letters of {place}"
    return Wish(words, wish.created_at, SOURCE_WORDS.get(wish.source, ""))


def _block(address: str | None) -> Block | None:
    found = find_suppression_of(address)
    if found is None:
        return None
    return Block(SUPPRESSED_WORDS.get(found.reason, found.reason), found.created_at, found.until)


def _joined_at(shoot: Shoot, memberships: Sequence[Membership]) -> datetime | None:
    """Return when somebody first belonged to a shoot's place."""
    times = [
        row.created_at
        for row in memberships
        if row.programme_id == shoot.programme_id and shoot.event_id in (None, row.event_id)
    ]
    return min(times, default=None)


def _standing(shoot: Shoot, applications: Sequence[AttendLine]) -> tuple[str, ...]:
    """Return how their application to the shoot's event stands, in sentences."""
    for line in applications:
        if line.event_id == shoot.event_id:
            words = " ".join(describe_attend(line.facts, write_when))
            return (f"Their application {line.number} to {line.event_name}: {words}",)
    return ()
