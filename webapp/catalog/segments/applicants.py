"""Segment: applicants of an event, by what was decided, what they were told, what they answered."""

from collections.abc import Mapping

from sqlalchemy import Select, String, case, cast, func, or_, select

from webapp.core.database import db
from webapp.core.errors import NotFoundError, StaffError
from webapp.mail.queries.segments import Option, Place, Segment, Setting, register_segment
from webapp.programme.domain.application_states import Decision, Rsvp
from webapp.programme.domain.wave import DECISION_NAMES
from webapp.programme.models.application import Application
from webapp.programme.models.form import Form, Question
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import find_events, get_event, get_event_by_slug

RSVP_LABELS = {
    Rsvp.NONE: "was not asked",
    Rsvp.INVITED: "was asked and has not answered",
    Rsvp.YES: "comes",
    Rsvp.NO: "does not come",
    Rsvp.EXPIRED: "did not answer in time",
}
DECISIONS = [Option(decision.value, name) for decision, name in DECISION_NAMES.items()]


@register_segment
class Applicants(Segment):
    """People who applied to attend an event and did not withdraw, narrowed by where they stand."""

    name = "applicants"
    label = "Applicants of an event"
    description = (
        "All who applied to attend, or only those who stand somewhere; whoever withdrew is left out."
    )
    settings = (
        Setting("event", "which event", is_required=False),
        Setting("decision", "what was decided", is_required=False),
        Setting("announced", "what they were told", is_required=False),
        Setting("rsvp", "whether they come", is_required=False),
        Setting("question", "whose answer to which question", is_required=False),
        Setting("value", "is what", is_required=False),
    )

    def _event(self, settings: Mapping[str, str], place: Place) -> Event:
        """Return the event that is named, or else the letter's own, within the scope."""
        slug = str(settings.get("event", "")).strip()
        try:
            if slug:
                return get_event_by_slug(place.scope, slug)
            if place.event_id is not None:
                return get_event(place.scope, place.event_id)
        except NotFoundError as error:
            raise StaffError(error.message, field="event") from error
        raise StaffError(f"“{self.label}” needs to know which event.", field="event")

    def _chosen(self, settings: Mapping[str, str], name: str, known: type[Decision | Rsvp]) -> str:
        """Return a setting that is one of a few words, or "" where it is not given."""
        value = str(settings.get(name, "")).strip()
        if value and value not in set(known):
            raise StaffError(f"“{value[:20]}” is none of: {', '.join(known)}.", field=name)
        return value

    def select_people(self, settings: Mapping[str, str], place: Place) -> Select[int]:
        """Return the applicants who fit every setting that is given."""
        event = self._event(settings, place)
        query = select(Application.person_id).where(
            Application.event_id == event.id,
            Application.withdrawn_at.is_(None),
            Application.erased_at.is_(None),
        )
        for name, column in (("decision", Application.decision), ("announced", Application.announced)):
            if value := self._chosen(settings, name, Decision):
                query = query.where(column == value)
        if value := self._chosen(settings, "rsvp", Rsvp):
            query = query.where(Application.rsvp == value)
        key = str(settings.get("question", "")).strip()
        if key:
            answer = Application.answers[self._question(event, key).key]
            wanted = self.need(settings, "value")
            one = func.lower(answer.astext) == wanted.lower()  # also true and false, as JSON writes them
            several = case((func.jsonb_typeof(answer) == "array", answer.contains([wanted])), else_=False)
            query = query.where(or_(one, several))
        return query

    def _question(self, event: Event, key: str) -> Question:
        """Return a question of the event's form by its key."""
        found = db.session.scalar(
            select(Question).join(Form).where(Form.event_id == event.id, cast(Question.key, String) == key)
        )
        if found is None:
            raise StaffError(f"The form of {event.name} has no question “{key[:40]}”.", field="question")
        return found

    def describe(self, settings: Mapping[str, str], place: Place) -> str:
        """Return it with the event's name and all that narrows it."""
        event = self._event(settings, place)
        words = [f"Applicants of {event.name}"]
        if value := self._chosen(settings, "decision", Decision):
            words.append(f"decided: {DECISION_NAMES[Decision(value)]}")
        if value := self._chosen(settings, "announced", Decision):
            words.append(f"told: {DECISION_NAMES[Decision(value)]}")
        if value := self._chosen(settings, "rsvp", Rsvp):
            words.append(RSVP_LABELS[Rsvp(value)])
        if key := str(settings.get("question", "")).strip():
            words.append(f"{self._question(event, key).label}: {settings.get('value', '')}")
        return ", ".join(words)

    def options(self, setting: str, place: Place) -> list[Option]:
        """Return what a setting may be; questions are those of the letter's own event."""
        if setting == "event":
            return [Option(event.slug, event.name) for event in find_events(place.scope)]
        if setting in {"decision", "announced"}:
            return DECISIONS
        if setting == "rsvp":
            return [Option(rsvp.value, label) for rsvp, label in RSVP_LABELS.items()]
        if setting == "question" and place.event_id is not None:
            rows = db.session.scalars(
                select(Question)
                .join(Form)
                .where(Form.event_id == place.event_id)
                .order_by(Question.position, Question.id)
            )
            return [Option(row.key, row.label) for row in rows]
        return []
