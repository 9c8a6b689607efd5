"""Look at a rule's letter as a real person would get it, before anything is sent."""

from dataclasses import dataclass
from datetime import datetime

from webapp.core.errors import NotFoundError, PostroomError
from webapp.core.transaction import transaction
from webapp.mail.domain.compiled import RenderedLetter
from webapp.mail.domain.values import PoisonError
from webapp.mail.queries.letter_texts import find_letter_text
from webapp.people.domain.scope import Scope
from webapp.programme.domain.rules import RULES
from webapp.programme.models.programme import Event
from webapp.programme.queries.constants import letter_constants
from webapp.programme.queries.letter_look import make_letter, place_of
from webapp.programme.queries.rules import find_event_facts, find_occasion
from webapp.programme.queries.rules_audience import find_readers
from webapp.programme.queries.rules_people import KnownReader, find_known_readers
from webapp.programme.queries.rules_runs import get_run


@dataclass(frozen=True, slots=True)
class LookedAt:
    """One letter of a run.

    Args:
        reader: whose.
        letter: as it would be, None where it cannot be written.
        problem: why not, in a sentence.
    """

    reader: KnownReader
    letter: RenderedLetter | None
    problem: str = ""


def look_at_run(*, scope: Scope, run_id: int, person_id: int | None, now: datetime) -> LookedAt | None:
    """Return the letter that somebody would get if a run went out now; nothing is written.

    Args:
        scope: who asks.
        run_id: which.
        person_id: whose letter; None is the first who would get one.
        now: the moment, aware.

    Returns:
        None where there is nobody to write to, or no rule to do it.

    Raises:
        NotFoundError: there is no such run for this member of staff, or nobody like that would get its letter.
    """
    run = get_run(scope, run_id)
    if run.rule not in RULES:
        return None
    rule = RULES.get(run.rule)
    facts = find_event_facts([run.event_id], now)[run.event_id]
    with transaction() as session:
        event = session.get_one(Event, run.event_id)
        readers = find_readers(rule.audience, event, find_occasion(facts, run.occasion))
        known = find_known_readers(readers, event)
        chosen = _choose(known, person_id)
        if chosen is None:
            return None
        given = next(reader.values for reader in readers if reader.person_id == chosen.person_id)
        try:
            text = find_letter_text(rule.role, run.programme_id, run.event_id, chosen.locale)
            letter = make_letter(
                text,
                place_of(run.programme_id, run.event_id),
                chosen.person_id,
                constants=letter_constants(run.programme_id, run.event_id, text.locale),
                given=given,
            )
        except (PostroomError, PoisonError) as error:
            return LookedAt(chosen, None, str(error))
        return LookedAt(chosen, letter)


def _choose(readers: list[KnownReader], person_id: int | None) -> KnownReader | None:
    """Return the reader who was named, else the first who would get it, else the first."""
    if person_id is None:
        return next((reader for reader in readers if reader.skip_reason is None), next(iter(readers), None))
    for reader in readers:
        if reader.person_id == person_id:
            return reader
    raise NotFoundError("They are not among those who would get this letter.")
