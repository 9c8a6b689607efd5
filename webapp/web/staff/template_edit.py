"""Pages on which a programme's or event's own words for a letter are written, compared and taken away."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, render_template, request
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import ConflictError, NotFoundError, StaffError
from webapp.mail.actions.templates import FaultyTextError, remove_template, save_template
from webapp.mail.domain.faults import Fault
from webapp.mail.domain.letter_chain import Keeper, Link, find_winner
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.domain.line_diff import compare_places
from webapp.mail.domain.locales import direction
from webapp.mail.models.letter_template import LetterTemplate
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letter_list import find_staff_name
from webapp.mail.queries.letter_templates import find_earlier_words, find_history, find_template
from webapp.mail.queries.letter_texts import text_of
from webapp.web.forms.choices import read_id
from webapp.web.forms.letters import SLOT
from webapp.web.forms.templates import read_template
from webapp.web.security_headers import EDITOR
from webapp.web.staff.access import StaffBlueprint
from webapp.web.staff.letter_fields import field_groups, layouts_shown, readable
from webapp.web.staff.template_place import TemplatePage, open_page, read_language
from webapp.web.staff.templates import letter_page, page_chain, problem_page

blueprint = StaffBlueprint("template_edit", __name__, url_prefix="/templates/<role>")

LABELS = {
    "subject": "Subject",
    "preheader": "Preview line",
    "text": "Plain text",
    "reason": "Why they get this",
    "layout": "Layout",
}


def _open(role: str) -> TemplatePage:
    """Return what the page is about, for somebody who may write there."""
    page = open_page(role)
    page.require_writing()
    return page


def _known(page: TemplatePage, own: LetterTemplate | None) -> LetterText:
    """Return the words that the page begins with: those that are kept, else those that are used now."""
    if own is not None:
        return text_of(own)
    winner = find_winner(page_chain(page))
    if winner is None or winner.text is None:
        return LetterText(subject="", reason="", slots={"main": ""}, locale=page.locale)
    return replace(winner.text, locale=page.locale)


@blueprint.get("/edit")
def edit(role: str) -> ResponseReturnValue:
    """Show the words for writing; ``?from=`` begins with those of another language, ``?version=`` with earlier ones."""
    page = _open(role)
    own = find_template(page.spot)
    text, note = _known(page, own), ""
    if "version" in request.args:
        earlier = find_earlier_words(page.spot, read_id(request.args["version"]) or 0)
        if earlier is None:
            raise NotFoundError("There is no such version.")
        text, note = earlier, "These are earlier words. Nothing changes until you save."
    elif request.args.get("from"):
        source = replace_language(page, request.args["from"])
        text = replace(_known(source, find_template(source.spot)), locale=page.locale)
        note = f"These are the words in {source.language}. Write them in {page.language}, then save."
    return _editor(page, own, text, note=note)


def replace_language(page: TemplatePage, name: str) -> TemplatePage:
    """Return the page about the same letter in another language."""
    return replace(page, locale=read_language(name, page.place))


def _editor(page: TemplatePage, own: LetterTemplate | None, text: LetterText, **more: Any) -> str:
    """Return the page with the editor."""
    g.csp = EDITOR
    known = more.pop("revision", None)
    faults: list[Fault] = more.pop("faults", [])
    layout = get_layout(text.layout)
    slots = {slot.name: slot for slot in layout.slots}
    strays = [name for name in text.slots if name not in slots]
    return render_template(
        "staff/templates/edit.html",
        page=page,
        own=own,
        revision=(own.revision if own else 0) if known is None else known,
        text=text,
        slots=[(name, slots.get(name), text.slots.get(name, "")) for name in (*slots, *strays)],
        faults=_by_place(faults),
        labels=LABELS | {f"{SLOT}{slot.name}": slot.label for slot in layout.slots},
        groups=field_groups(page.role.declared()),
        required=page.role.required,
        layouts=[layout for layout in layouts_shown() if not layout["isWhole"]],
        direction=direction(page.reader_locale),
        **more,
    )


def _by_place(faults: list[Fault]) -> dict[str, list[Fault]]:
    places: dict[str, list[Fault]] = {}
    for fault in faults:
        places.setdefault(fault.place, []).append(fault)
    return places


def _revision(posted: Mapping[str, str]) -> int:
    """Return the revision that the page showed, or the one that its writer decided to save over."""
    return read_id(posted.get("over") or posted.get("revision", "")) or 0


@blueprint.post("/edit")
def save(role: str) -> ResponseReturnValue:
    """Keep the words, or show the page once more with what is wrong beside each field."""
    page = _open(role)
    own = find_template(page.spot)
    known, seen = _known(page, own), _revision(request.form)
    text = _as_posted(known, request.form)
    try:
        text = read_template(known, request.form, page.locale)
        if request.form.get("do") == "layout":
            return _editor(page, own, text, revision=seen, note="Nothing is saved yet.")
        save_template(scope=page.scope, spot=page.spot, revision=seen, text=text, now=now())
    except FaultyTextError as error:
        return _editor(page, own, text, faults=error.faults, revision=seen), error.status
    except ConflictError as error:
        return _editor(
            page, find_template(page.spot), text, conflict=error.message, revision=seen
        ), error.status
    except StaffError as error:
        fault = Fault(error.field or f"{SLOT}main", 1, 1, "", error.message)
        return _editor(page, own, text, faults=[fault], revision=seen), error.status
    flash("Saved. Letters are written in these words from now on.", "success")
    return redirect(page.address("templates.show"), 303)


def _as_posted(known: LetterText, posted: Mapping[str, str]) -> LetterText:
    """Return what was typed although it cannot be kept, so that the page shows it again and nothing is lost."""
    slots = {key.removeprefix(SLOT): words for key, words in posted.items() if key.startswith(SLOT)}
    return replace(
        known,
        subject=posted.get("subject", known.subject),
        preheader=posted.get("preheader", known.preheader),
        reason=posted.get("reason", known.reason),
        slots={**known.slots, **slots},
        text=posted.get("text", "") if posted.get("text_mode") == "own" else None,
    )


@blueprint.post("/look")
def look(role: str) -> ResponseReturnValue:
    """Show what the page posts as a letter, without keeping anything."""
    page = _open(role)
    try:
        text = read_template(_known(page, find_template(page.spot)), request.form, page.locale)
    except StaffError as error:
        return problem_page(error.message)
    return letter_page(page, replace(text, locale=page.reader_locale))


@blueprint.post("/remove")
def remove(role: str) -> ResponseReturnValue:
    """Take the words of this place away, so that those behind them are used again."""
    page = _open(role)
    try:
        if "confirmed" not in request.form:
            raise StaffError("Nothing was changed: confirm first that these words are to go.")
        remove_template(scope=page.scope, spot=page.spot, revision=_revision(request.form))
    except (ConflictError, StaffError) as error:
        flash(error.message, "warning")
    else:
        flash("Taken away. The history keeps these words.", "success")
    return redirect(page.address("templates.show"), 303)


@blueprint.get("/difference")
def difference(role: str) -> str:
    """Compare the words that are used here with those behind them; ``?to=built-in`` with what ships."""
    page = open_page(role)
    chain = page_chain(page)
    winner = find_winner(chain)
    behind = _behind(chain, request.args.get("to", ""))
    differences = []
    if winner and winner.text and behind and behind.text:
        differences = compare_places(_places(behind.text), _places(winner.text))
    return render_template(
        "staff/templates/difference.html",
        page=page,
        winner=winner,
        behind=behind,
        differences=differences,
        to=request.args.get("to", ""),
    )


def _behind(chain: list[Link], to: str) -> Link | None:
    """Return the place whose words would be used without the first one's, or what ships."""
    written = [link for link in chain if link.text is not None]
    if to == Keeper.BUILT_IN:
        return next((link for link in written[1:] if link.keeper is Keeper.BUILT_IN), None)
    return written[1] if len(written) > 1 else None


def _places(text: LetterText) -> dict[str, str]:
    """Return words by what their place is called."""
    slots = {slot.name: slot.label for slot in get_layout(text.layout).slots}
    return {
        "Subject": text.subject,
        "Preview line": text.preheader,
        **{slots.get(name, name.capitalize()): words for name, words in text.slots.items()},
        "Plain text": "made from the letter" if text.text is None else text.text,
        "Why they get this": text.reason,
        "Layout": text.layout,
    }


@blueprint.get("/history")
def history(role: str) -> str:
    """List what the words of this place once said."""
    page = _open(role)
    entries = find_history(page.spot)
    names = {actor: find_staff_name(actor) for actor in {entry.actor_id for entry in entries}}
    return render_template(
        "staff/templates/history.html", page=page, entries=entries, names=names, readable=readable
    )


@blueprint.get("/copy")
def copy(role: str) -> ResponseReturnValue:
    """Go on to writing the words in another language, beginning with these: ``?to=``."""
    page = _open(role)
    target = replace_language(page, request.args.get("to", ""))
    return redirect(target.address("template_edit.edit", **{"from": page.locale or "all"}))
