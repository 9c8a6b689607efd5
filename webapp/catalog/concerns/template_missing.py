"""Concern: events whose letters have no words in their language, or none at all."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from babel import Locale, UnknownLocaleError
from sqlalchemy import and_, func, or_, select

from webapp.core.database import db
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.models.letter_template import LetterTemplate
from webapp.mail.queries.letter_texts import shipped_texts
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way, register_concern
from webapp.people.domain.scope import Scope
from webapp.people.queries.scope import within
from webapp.programme.domain.event_states import EventState
from webapp.programme.models.programme import Event

OF_EVENTS = (
    "attend.",
    "organizer.",
)  # letters whose language is the event's where a reader has not said theirs
WRITES_STILL = timedelta(days=30)  # after an event, rules may still write for it
LOOKED_AT = 500  # events


@dataclass(frozen=True, slots=True)
class Lack:
    """Roles without words in a language at events of a programme; ``is_silent``: not even in English."""

    programme_id: int
    locale: str
    event_ids: tuple[int, ...]
    roles: tuple[str, ...]
    is_silent: bool


@register_concern
class TemplateMissing(ConcernKind):
    """Languages of coming events in which letters by cause have no words, one concern for each programme."""

    name = "template_missing"
    label = "Words that are missing"
    rank = 35

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the languages, those in which nothing can be written first."""
        events = _find_events(scope, now)
        own = _find_own({one for one, _, _ in events}, {programme for _, programme, _ in events})
        lacks = sorted(_find_lacks(events, own), key=lambda lack: (not lack.is_silent, -len(lack.event_ids)))
        return Found(
            tuple(_concern(scope, lack) for lack in lacks[:limit]), len(lacks), Way("templates.index")
        )


def _find_events(scope: Scope, now: datetime) -> list[tuple[int, int, str]]:
    """Return events that letters still go out for: id, programme, language."""
    last_day = func.coalesce(Event.ends_on, Event.starts_on)
    rows = db.session.execute(
        select(Event.id, Event.programme_id, Event.locale)
        .where(
            within(scope, Event.programme_id, Event.id),
            Event.state.in_((EventState.PLANNED, EventState.OPEN)),
            or_(last_day.is_(None), last_day >= (now - WRITES_STILL).date()),
        )
        .order_by(last_day.nulls_last(), Event.id)
        .limit(LOOKED_AT)
    )
    return [(row[0], row[1], row[2].replace("_", "-")) for row in rows]


def _find_own(
    event_ids: set[int], programme_ids: set[int]
) -> dict[tuple[str, int | None, int | None], set[str]]:
    """Return the languages that staff wrote words in, by role and place."""
    rows = db.session.execute(
        select(
            LetterTemplate.role, LetterTemplate.programme_id, LetterTemplate.event_id, LetterTemplate.locale
        ).where(
            or_(
                LetterTemplate.event_id.in_(event_ids),
                and_(LetterTemplate.event_id.is_(None), LetterTemplate.programme_id.in_(programme_ids)),
            )
        )
    )
    found: defaultdict[tuple[str, int | None, int | None], set[str]] = defaultdict(set)
    for role, programme_id, event_id, locale in rows:
        found[role, None if event_id else programme_id, event_id].add(locale)
    return found


def _find_lacks(
    events: Iterable[tuple[int, int, str]], own: dict[tuple[str, int | None, int | None], set[str]]
) -> list[Lack]:
    """Return what has no words, programme by programme and language by language."""
    roles = [role for role, _ in LETTER_ROLES.items() if role.startswith(OF_EVENTS)]
    shipped = {role: set(shipped_texts(role)) for role in roles}
    lacking: defaultdict[tuple[int, str], dict[int, tuple[list[str], bool]]] = defaultdict(dict)
    for event_id, programme_id, locale in events:
        known = {
            role: shipped[role]
            | own.get((role, programme_id, None), set())
            | own.get((role, None, event_id), set())
            for role in roles
        }
        missing = [role for role in roles if not _speaks(known[role], locale)]
        if missing:
            is_silent = any(not _speaks(known[role], "en") for role in missing)
            lacking[programme_id, locale][event_id] = (missing, is_silent)
    return [
        Lack(
            programme_id=programme_id,
            locale=locale,
            event_ids=tuple(by_event),
            roles=tuple(dict.fromkeys(role for missing, _ in by_event.values() for role in missing)),
            is_silent=any(is_silent for _, is_silent in by_event.values()),
        )
        for (programme_id, locale), by_event in lacking.items()
    ]


def _speaks(known: set[str], locale: str) -> bool:
    """Say whether there are words in a language; those for every language are."""
    language = locale.split("-", maxsplit=1)[0].lower()
    return any(not name or name.split("-")[0].lower() == language for name in known)


def _concern(scope: Scope, lack: Lack) -> Concern:
    language = _name(lack.locale)
    events = "One event writes" if len(lack.event_ids) == 1 else f"{len(lack.event_ids)} events write"
    letters = "one letter has" if len(lack.roles) == 1 else f"{len(lack.roles)} letters have"
    after = "they cannot be written at all" if lack.is_silent else "they go out in English"
    is_for_all = len(lack.event_ids) > 1 and scope.sees_programme(lack.programme_id)
    place = f"programme-{lack.programme_id}" if is_for_all else f"event-{lack.event_ids[0]}"
    return Concern(
        title=f"Letters in {language}",
        words=f"{events} in {language}, and {letters} no words in it: {after}.",
        action="Write them",
        way=Way("templates.show", {"role": lack.roles[0], "place": place, "locale": lack.locale}),
        programme_id=lack.programme_id,
        event_id=lack.event_ids[0] if len(lack.event_ids) == 1 else None,
    )


def _name(locale: str) -> str:
    """Return what a language is called, or its code."""
    try:
        return Locale.parse(locale.replace("-", "_")).get_display_name("en") or locale
    except (UnknownLocaleError, ValueError):
        return locale
