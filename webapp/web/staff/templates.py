"""The words of letters that Postroom writes by itself: where they come from, and how they look."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from webapp.core.errors import NotFoundError, StaffError
from webapp.core.words import LANGUAGES
from webapp.mail.domain.letter_chain import EVERY_LANGUAGE, Keeper, Link, find_winner, letter_chain
from webapp.mail.domain.letter_look import LetterLook, look_at_text
from webapp.mail.domain.letter_roles import LETTER_ROLES, LetterRole
from webapp.mail.domain.letter_texts import LetterText, check_letter_text
from webapp.mail.domain.merge_fields import MERGE_FIELDS
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letter_templates import (
    count_history,
    find_events_with_words,
    find_own_places,
    find_template,
)
from webapp.mail.queries.letter_texts import find_chain, shipped_texts, text_of
from webapp.mail.queries.letters import find_senders
from webapp.programme.queries.constants import letter_constants, write_dates
from webapp.programme.queries.events import find_events
from webapp.web.forms.letters import language_choices
from webapp.web.security_headers import LETTER
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.letter_preview import VIEWS, in_colours
from webapp.web.staff.template_place import (
    TemplatePage,
    TemplatePlace,
    language_name,
    open_page,
    place_choices,
    read_place,
    tidy_locale,
)

blueprint = StaffBlueprint("templates", __name__, url_prefix="/templates")

ABOUT = {
    "attend": "Applications and invitations",
    "host": "Applications to host",
    "account": "Accounts",
    "organizer": "Letters to organizers",
    "support": "Letters to support",
    "contact": "Contact form",
    "newsletter": "Newsletters",
}
SAMPLE_DAY = date(2026, 12, 5)
KEEPERS = {Keeper.EVENT: "Event", Keeper.PROGRAMME: "Programme", Keeper.BUILT_IN: "Built-in"}


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One letter in the list.

    Args:
        role: which.
        sources: languages (locale, name) by whose words they have, the closest to the reader first.
    """

    role: LetterRole
    sources: dict[Keeper, list[tuple[str, str]]]


@blueprint.get("/")
def index() -> str:
    """List all letters of a place by what they are about: ``?place= &about=``."""
    scope = current_scope()
    place = read_place(scope, request.args.get("place", ""))
    about = request.args.get("about", "")
    groups: dict[str, list[RoleLine]] = {}
    own = _own_words(place)
    left_out = 0
    for name, role in LETTER_ROLES.items():
        if place.event is not None and not role.is_of_event:
            left_out += 1
        elif about not in ABOUT or name.startswith(f"{about}."):
            line = RoleLine(role, _sources(own.get(name, {}), role, place))
            groups.setdefault(name.partition(".")[0], []).append(line)
    return render_template(
        "staff/templates/index.html",
        place=place,
        about=about,
        abouts=ABOUT,
        groups={key: groups[key] for key in (*ABOUT, *sorted(set(groups) - set(ABOUT))) if key in groups},
        choices=place_choices(scope),
        left_out=left_out,
        sees_programme=place.programme is not None and scope.sees_programme(place.programme_id),
        keepers=KEEPERS,
        all=EVERY_LANGUAGE,
    )


def _own_words(place: TemplatePlace) -> dict[str, dict[tuple[Keeper, str], LetterText]]:
    """Return what staff wrote at a place and its programme, by role."""
    own: dict[str, dict[tuple[Keeper, str], LetterText]] = {}
    if place.programme_id is not None:
        for row in find_own_places(place.programme_id, place.event_id):
            keeper = Keeper.PROGRAMME if row.event_id is None else Keeper.EVENT
            own.setdefault(row.role, {})[keeper, row.locale] = text_of(row)
    return own


def _sources(
    own: Mapping[tuple[Keeper, str], LetterText], role: LetterRole, place: TemplatePlace
) -> dict[Keeper, list[tuple[str, str]]]:
    """Return the languages of a letter by whose words are used in them."""
    keepers = tuple(keeper for keeper, here in _keepers(place).items() if here)
    locales = dict.fromkeys((*LANGUAGES, place.locale, *(locale for _, locale in own)))
    found: dict[Keeper, list[tuple[str, str]]] = {keeper: [] for keeper in KEEPERS}
    for locale in locales:
        if locale == EVERY_LANGUAGE:
            for keeper in keepers:
                if (keeper, locale) in own:
                    found[keeper].append((locale, language_name(locale)))
            continue
        winner = find_winner(letter_chain(own, shipped_texts(role.name), locale, keepers))
        if winner is not None:
            found[winner.keeper].append((locale, language_name(locale)))
    return {keeper: names for keeper, names in found.items() if names}


def _keepers(place: TemplatePlace) -> dict[Keeper, bool]:
    return {Keeper.EVENT: place.event is not None, Keeper.PROGRAMME: place.programme is not None}


def page_chain(page: TemplatePage) -> list[Link]:
    """Return the places that are asked for the words of a page's letter."""
    place = page.place
    event_id = place.event_id if page.role.is_of_event else None
    chain = find_chain(page.role.name, place.programme_id, event_id, page.reader_locale)
    if page.locale == EVERY_LANGUAGE:
        return [link for link in chain if link.locale == EVERY_LANGUAGE or link.keeper is Keeper.BUILT_IN]
    return chain


@blueprint.get("/<role>")
def show(role: str) -> str:
    """Show a letter at a place in a language: whose words it has, and what it looks like in them."""
    page = open_page(role)
    chain = page_chain(page)
    winner = find_winner(chain)
    own = find_template(page.spot) if page.place.keeps(page.role) else None
    asked = request.args.get("view", "desktop")
    look, problem = (
        look_at(page, winner.text) if winner and winner.text else (None, "There are no words yet.")
    )
    return render_template(
        "staff/templates/show.html",
        page=page,
        chain=chain,
        winner=winner,
        own=own,
        look=look,
        problem=problem,
        views=VIEWS,
        view_name=asked if asked in VIEWS else "desktop",
        sender=_sender_line(page),
        required=sorted(page.role.required),
        fields=MERGE_FIELDS,
        choices=place_choices(page.scope),
        languages=known_languages(page),
        events=_events_with_words(page),
        changes=count_history(page.spot) if page.place.keeps(page.role) else 0,
    )


def known_languages(page: TemplatePage) -> list[tuple[str, str]]:
    """Return the languages to choose from: those that ship, the place's, then all others by name."""
    near = dict.fromkeys((*LANGUAGES, page.place.locale, *((page.locale,) if page.locale else ())))
    others = [tidy_locale(name) for name, _ in language_choices("")]
    return [(name, language_name(name)) for name in dict.fromkeys((*near, *others))]


def _events_with_words(page: TemplatePage) -> list[tuple[TemplatePlace, str]]:
    """Return the events of a programme that have words of their own for a letter, with their languages."""
    if page.place.event is not None or page.place.programme is None:
        return []
    events = {one.id: one for one in find_events(page.scope) if one.programme_id == page.place.programme_id}
    return [
        (
            TemplatePlace(
                f"event-{event_id}", events[event_id].name, events[event_id].programme, events[event_id]
            ),
            locale,
        )
        for event_id, locale in find_events_with_words(page.role.name, list(events))
    ]


def _sender_line(page: TemplatePage) -> str:
    """Return whom the letters of a place are from, "" where that is not known."""
    if page.place.programme is None:
        return ""
    senders = find_senders(page.place.programme_id, page.place.event_id)
    return str(senders[0]) if senders else ""


def look_at(page: TemplatePage, text: LetterText) -> tuple[LetterLook | None, str]:
    """Return a letter as an imagined reader sees it, or why it cannot be shown."""
    layout = get_layout(text.layout)
    faults = check_letter_text(text, page.role, layout)
    if faults:
        return None, faults[0].message
    event_id = page.place.event_id if page.role.is_of_event else None
    senders = find_senders(page.place.programme_id, event_id) if page.place.programme else []
    known = letter_constants(page.place.programme_id, event_id, text.locale or page.reader_locale)
    known["event.date"] = known["event.date"] or write_dates(SAMPLE_DAY, None, text.locale)
    known["sender.name"] = senders[0].display_name if senders else ""
    try:
        return look_at_text(text, page.role, layout, known), ""
    except StaffError as error:
        return None, error.message


@blueprint.get("/<role>/frame")
def frame(role: str) -> ResponseReturnValue:
    """Show nothing but the letter, as a mail program would, under a policy that lets nothing in it act."""
    page = open_page(role)
    winner = find_winner(page_chain(page))
    if winner is None or winner.text is None:
        raise NotFoundError("There are no words yet.")
    return letter_page(page, winner.text)


def letter_page(page: TemplatePage, text: LetterText) -> ResponseReturnValue:
    """Answer with a letter alone, or with a sentence that says why it cannot be shown."""
    g.csp = LETTER
    look, problem = look_at(page, text)
    if look is None:
        return problem_page(problem)
    html = in_colours(look.words.html, is_dark=request.values.get("view") == "dark")
    return html, 200, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}


def problem_page(problem: str) -> ResponseReturnValue:
    """Answer within a letter's frame with a sentence that says why there is no letter."""
    g.csp = LETTER
    words = render_template("staff/templates/problem.html", problem=problem)
    return words, 422, {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"}
