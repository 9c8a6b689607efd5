"""Which letter, place and language a page about templates is about, as its address says it."""

from dataclasses import dataclass
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import request, url_for

from webapp.core.errors import NotFoundError, StaffError
from webapp.mail.actions.templates import may_write
from webapp.mail.domain.letter_chain import EVERY_LANGUAGE, Keeper, Link
from webapp.mail.domain.letter_roles import LETTER_ROLES, LetterRole
from webapp.mail.queries.letter_templates import Spot
from webapp.people.domain.scope import Scope
from webapp.programme.models.programme import Event, Programme
from webapp.programme.queries.events import find_events, find_programmes, get_event, get_programme
from webapp.web.formats import language
from webapp.web.forms.choices import read_id
from webapp.web.staff.access import current_scope

BUILT_IN, ALL = "built-in", "all"  # in addresses: the words that ship; every language
LONGEST = 40  # characters of a locale's name


@dataclass(frozen=True, slots=True)
class TemplatePlace:
    """An event, a programme, or what ships.

    Args:
        name: as addresses have it: ``event-3``, ``programme-1`` or ``built-in``.
        label: what people call it.
        programme: the event's too; None for what ships.
        event: None for a whole programme and for what ships.
    """

    name: str
    label: str
    programme: Programme | None = None
    event: Event | None = None

    @property
    def programme_id(self) -> int | None:
        """Return the programme's id."""
        return self.programme.id if self.programme else None

    @property
    def event_id(self) -> int | None:
        """Return the event's id."""
        return self.event.id if self.event else None

    @property
    def locale(self) -> str:
        """Return the language that is spoken there."""
        here = self.event or self.programme
        return tidy_locale(here.locale) if here else "en"

    def keeps(self, role: LetterRole) -> bool:
        """Say whether words for a letter can be written here at all."""
        return self.programme is not None and (role.is_of_event or self.event is None)


@dataclass(frozen=True, slots=True)
class TemplatePage:
    """What one page is about.

    Args:
        scope: who looks.
        place: where.
        role: which letter.
        locale: in which language; "" is for every language that has no words of its own.
    """

    scope: Scope
    place: TemplatePlace
    role: LetterRole
    locale: str

    @property
    def may_write(self) -> bool:
        """Say whether the person at the screen may write words for the letter here."""
        return self.place.keeps(self.role) and may_write(
            self.scope, self.place.programme_id, self.place.event_id
        )

    def require_writing(self) -> None:
        """Refuse whoever may not write words for the letter here.

        Raises:
            StaffError: nobody may: what ships stays as it is, and some letters are no event's.
            NotFoundError: the place is not theirs.
        """
        if not self.place.keeps(self.role) and self.place.event is not None:
            raise StaffError(
                "This letter does not belong to an event; its words are the programme's.", field="place"
            )
        if not may_write(self.scope, self.spot.programme_id, self.spot.event_id):
            raise NotFoundError("There is no such template.")

    @property
    def spot(self) -> Spot:
        """Return where words are kept.

        Raises:
            StaffError: nowhere, because only what ships stands here.
        """
        if self.place.programme_id is None:
            raise StaffError(
                "The built-in words stay as they are. Choose a programme or an event to write others.",
                field="place",
            )
        return Spot(self.role.name, self.place.programme_id, self.place.event_id, self.locale)

    @property
    def reader_locale(self) -> str:
        """Return the language of the reader that is imagined: words for every language show in the place's."""
        return self.locale or self.place.locale

    @property
    def keeper(self) -> Keeper:
        """Return whose words are written here."""
        if self.place.event is not None:
            return Keeper.EVENT
        return Keeper.PROGRAMME if self.place.programme is not None else Keeper.BUILT_IN

    @property
    def language(self) -> str:
        """Return the language in words."""
        return language_name(self.locale)

    def address(self, endpoint: str, **more: object) -> str:
        """Return the address of a page about the same words."""
        about: dict[str, Any] = {
            "role": self.role.name,
            "place": self.place.name,
            "locale": self.locale or ALL,
            **more,
        }
        return url_for(endpoint, **about)

    def words_for(self, link: Link) -> str:
        """Return one place of the chain in words: ``event in Polish``."""
        where = {Keeper.EVENT: "event", Keeper.PROGRAMME: "programme", Keeper.BUILT_IN: "built-in"}
        return f"{where[link.keeper]} in {language_name(link.locale)}"


def open_page(role: str) -> TemplatePage:
    """Return what the page of this request is about.

    Raises:
        NotFoundError: there is no such letter, place or language, or not for the person at the screen.
    """
    scope = current_scope()
    if role not in LETTER_ROLES:
        raise NotFoundError("There is no such letter.")
    place = read_place(scope, request.values.get("place", ""))
    return TemplatePage(
        scope, place, LETTER_ROLES.get(role), read_language(request.values.get("locale"), place)
    )


def read_place(scope: Scope, text: str) -> TemplatePlace:
    """Return a place by its name in an address; without one that of the person at the screen.

    Raises:
        NotFoundError: there is none, or it is not theirs.
    """
    if text == BUILT_IN:
        return TemplatePlace(BUILT_IN, "Built-in")
    if not text:
        return _own_place(scope)
    kind, _, number = text.partition("-")
    key = read_id(number)
    if key is None or kind not in {"event", "programme"}:
        raise NotFoundError("There is no such place.")
    if kind == "event":
        return _place_of(get_event(scope, key))
    programme = get_programme(scope, key)
    return TemplatePlace(f"programme-{key}", programme.name, programme)


def _place_of(event: Event) -> TemplatePlace:
    return TemplatePlace(f"event-{event.id}", event.name, event.programme, event)


def _own_place(scope: Scope) -> TemplatePlace:
    """Return where somebody works, if that is one place."""
    programmes = [] if scope.is_administrator else find_programmes(scope)
    if len(programmes) == 1:
        return TemplatePlace(f"programme-{programmes[0].id}", programmes[0].name, programmes[0])
    if not programmes and scope.event_ids:
        return _place_of(find_events(scope)[0])
    return TemplatePlace(BUILT_IN, "Built-in")


def place_choices(scope: Scope) -> dict[str, list[tuple[str, str]]]:
    """Return the places to choose from, in groups."""
    groups = {"": [(BUILT_IN, "Built-in words")]}
    programmes = find_programmes(scope)
    if programmes:
        groups["Programmes"] = [(f"programme-{one.id}", one.name) for one in programmes]
    for event in find_events(scope):
        groups.setdefault(f"Events of {event.programme.name}", []).append((f"event-{event.id}", event.name))
    return groups


def read_language(text: str | None, place: TemplatePlace) -> str:
    """Return a language by its name in an address; without one the place's.

    Raises:
        NotFoundError: nobody knows it.
    """
    if not text:
        return place.locale
    if text == ALL:
        return EVERY_LANGUAGE
    try:
        Locale.parse(text[:LONGEST].replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise NotFoundError("There is no such language.") from error
    return tidy_locale(text[:LONGEST])


def tidy_locale(name: str) -> str:
    """Return a locale's name as templates are kept under it: ``pt-BR`` for ``pt_br``."""
    try:
        return str(Locale.parse(name.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError, TypeError):
        return "en"


def language_name(locale: str) -> str:
    """Return what a language is called in English."""
    if locale == EVERY_LANGUAGE:
        return "every language"
    return language(locale)
