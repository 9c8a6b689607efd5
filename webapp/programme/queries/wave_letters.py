"""The letters of an announcement before they are written: their values, their words, and a look at one of them."""

from dataclasses import dataclass, field
from datetime import datetime

from babel.dates import format_datetime
from flask import current_app
from sqlalchemy import select

from webapp.core.database import db
from webapp.core.errors import PostroomError
from webapp.mail.domain.compiled import RenderedLetter
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.domain.values import PoisonError
from webapp.mail.queries.letter_texts import find_letter_text
from webapp.programme.domain.application_states import Decision
from webapp.programme.domain.attend_links import rsvp_link, status_link
from webapp.programme.domain.wave import Untold, rsvp_deadline
from webapp.programme.models.form import Form
from webapp.programme.models.programme import Event
from webapp.programme.queries.attend_letters import attend_constants
from webapp.programme.queries.constants import find_locale
from webapp.programme.queries.letter_look import make_letter, place_of


@dataclass(frozen=True, slots=True)
class Telling:
    """All that the letters of an event's announcement have in common.

    Args:
        event: whose.
        form: by which people applied.
        told_at: when they are told, or would be; aware.
    """

    event: Event
    form: Form | None
    told_at: datetime
    _deadlines: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def constants(self, locale: str) -> dict[str, str]:
        """Return the values that are the same for all readers of a language."""
        return attend_constants(self.event, self.form, locale)

    @property
    def deadline(self) -> datetime:
        """Return until when an accepted applicant may answer."""
        return rsvp_deadline(self.told_at, self.event.programme.rsvp_days, self.event.timezone)

    def values(self, one: Untold) -> dict[str, str | None]:
        """Return the values of one applicant's letter."""
        public_url = current_app.extensions["settings"].public_url
        values: dict[str, str | None] = {
            "application.number": str(one.number),
            "application.status_link": status_link(public_url, one.token),
        }
        if one.decision == Decision.ACCEPTED:
            values["rsvp.link"] = rsvp_link(public_url, one.token)
            values["rsvp.deadline"] = self.write_deadline(one.locale)
        return values

    def write_deadline(self, locale: str) -> str:
        """Write until when an answer is awaited, as people who speak a language do, on the event's clocks."""
        if locale not in self._deadlines:
            known = find_locale(locale)
            moment = format_datetime(self.deadline, "EEEE d MMMM y, HH:mm", locale=known)
            self._deadlines[locale] = f"{moment} ({self.event.timezone})"
        return self._deadlines[locale]


def open_telling(event: Event, told_at: datetime) -> Telling:
    """Return what the letters of an event's announcement have in common."""
    return Telling(event, db.session.scalar(select(Form).where(Form.event_id == event.id)), told_at)


def find_words(event: Event, one: Untold) -> LetterText:
    """Return the words that tell somebody, in their language."""
    locale = one.locale or event.locale
    return find_letter_text(one.role, event.programme_id, event.id, locale)


def look_at_letter(telling: Telling, one: Untold, words: LetterText | None = None) -> RenderedLetter:
    """Return the letter that somebody would get, made as those that go out are made.

    Args:
        telling: what all letters have in common.
        one: whose letter.
        words: edited ones; None are those that the outbox would choose.

    Raises:
        PostroomError: there are no words, or they cannot be made into a letter.
        PoisonError: this person's letter cannot be written.
    """
    event = telling.event
    text = words or find_words(event, one)
    return make_letter(
        text,
        place_of(event.programme_id, event.id),
        one.person_id,
        constants=telling.constants(text.locale),
        given=telling.values(one),
    )


def try_letter(
    telling: Telling, one: Untold, words: LetterText | None = None
) -> tuple[RenderedLetter | None, str]:
    """Return somebody's letter, or why it cannot be written."""
    try:
        return look_at_letter(telling, one, words), ""
    except (PostroomError, PoisonError) as error:
        return None, str(error)
