"""Forms of the pages on which letters are written: what was posted becomes a draft, or a sentence at a field."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from babel import Locale, UnknownLocaleError
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField
from wtforms.validators import InputRequired, Length

from webapp.core.errors import StaffError
from webapp.mail.actions.compose import Draft
from webapp.mail.domain.html_cleaning import BODY_LIMIT
from webapp.mail.models.letter import Letter
from webapp.mail.queries.layouts import list_layouts
from webapp.mail.queries.letters import find_senders
from webapp.web.forms.select import SelectField

SLOT = "slot:"
TITLE_LIMIT, LINE_LIMIT, REASON_LIMIT = 200, 1000, 500  # characters that are kept, longer ones are refused

_LANGUAGES = tuple(
    name
    for line in (
        "ar az bg bn cs da de el en en_GB es et fa fi fr ha he hi hr hu hy id it ja ka kk km ko lt lv mk ms nb nl",
        "pl pt pt_BR ro ru sk sl sq sr sv sw ta th tr uk ur uz vi yo zh_Hans zh_Hant zu",
    )
    for name in line.split()
)


class NewLetterForm(FlaskForm):  # type: ignore[misc]  # published without types
    """What has to be known before a letter can be written."""

    place = SelectField(
        "For",
        [InputRequired("Choose what the letter belongs to.")],
        description="Who may see the letter, and whose opt-outs count, follows from this.",
    )
    subject = StringField(
        "Subject",
        [Length(max=LINE_LIMIT)],
        description="What people see first. You can change it at any time.",
    )
    layout = RadioField("Layout", [InputRequired("Choose a layout.")])


def language_choices(current: str) -> list[tuple[str, str]]:
    """Return (locale, name in English) of the languages a letter may be in, with the current one among them."""
    names = dict.fromkeys((*_LANGUAGES, current.replace("-", "_")) if current else _LANGUAGES)
    found = []
    for name in names:
        try:
            label = Locale.parse(name).get_display_name("en") or name
        except (UnknownLocaleError, ValueError):
            label = name
        found.append((current if name == current.replace("-", "_") else name, label))
    return sorted(found, key=lambda choice: choice[1])


def storable(text: object, limit: int | None = None, field: str | None = None) -> str:
    """Return posted text as the database can keep it: without NUL and without halves of characters.

    Raises:
        StaffError: it is longer than ``limit`` characters.
    """
    words = text if isinstance(text, str) else ""
    words = words.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    if limit is not None and len(words) > limit:
        raise StaffError(
            f"This has {len(words):,} characters; {limit:,} is the most. Please shorten it.", field=field
        )
    return words


def one_line(text: object, limit: int, field: str) -> str:
    """Return posted text as one line; browsers let none in, scripts and pastes may."""
    return " ".join(storable(text, limit, field).replace("\r", "\n").split("\n")).strip()


def read_words(letter: Letter, posted: Mapping[str, object], *, may_be_essential: bool) -> Draft:
    """Return all words of a letter after what was posted; what was not posted stays as it is.

    What nobody touched comes back byte for byte: a browser that only changes line ends changes nothing.

    Args:
        letter: the working copy.
        posted: fields of the composer, from its form or its autosave: ``subject``, ``slot:main`` and so on.
        may_be_essential: whether this person may say that a letter passes opt-outs.

    Raises:
        StaffError: something cannot be kept; its ``field`` says what.
    """
    draft = words_of(letter)
    lines = {
        "title": TITLE_LIMIT,
        "subject": LINE_LIMIT,
        "preheader": LINE_LIMIT,
        "reason": REASON_LIMIT,
    }
    changes: dict[str, object] = {
        name: one_line(posted[name], limit, name) for name, limit in lines.items() if name in posted
    }
    if "layout" in posted:
        changes["layout"] = storable(posted["layout"], 60, "layout")
    if "locale" in posted:
        changes["locale"] = read_locale(storable(posted["locale"], 40, "locale"))
    if "sender" in posted:
        changes["sender_id"] = read_sender(letter, storable(posted["sender"], 20, "sender"))
    if "text_mode" in posted:
        changes["text"] = _own_text(letter, posted)
    if may_be_essential and "essential_shown" in posted:
        changes["is_essential"] = posted.get("is_essential") in {"1", "y", True}
    changes["slots"] = _read_slots(letter, posted)
    return replace(draft, **changes)  # type: ignore[arg-type]  # the names and types are those above


def words_of(letter: Letter) -> Draft:
    """Return the words of a letter as they are."""
    return Draft(
        title=letter.title,
        subject=letter.subject,
        preheader=letter.preheader,
        layout=letter.layout,
        slots=dict(letter.slots),
        text=letter.text,
        reason=letter.reason,
        locale=letter.locale,
        is_essential=letter.is_essential,
        sender_id=letter.sender_id,
    )


def read_locale(name: str) -> str:
    """Return a locale's name.

    Raises:
        StaffError: nobody knows that language.
    """
    try:
        Locale.parse(name.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError) as error:
        raise StaffError("Choose a language from the list.", field="locale") from error
    return name


def read_sender(letter: Letter, number: str) -> int | None:
    """Return the id of a sender that this letter may come from; none for an empty choice.

    Raises:
        StaffError: it may not come from there.
    """
    if not number:
        return None
    allowed = {str(sender.id): sender.id for sender in find_senders(letter.programme_id, letter.event_id)}
    if number not in allowed:
        raise StaffError(
            "This letter cannot come from that sender. Choose one from the list.", field="sender"
        )
    return allowed[number]


def _own_text(letter: Letter, posted: Mapping[str, object]) -> str | None:
    """Return the text part as edited by hand; None has it made from the HTML."""
    if posted["text_mode"] != "own":
        return None
    return _untouched(letter.text, storable(posted.get("text", ""), 2 * BODY_LIMIT, "text"))


def _read_slots(letter: Letter, posted: Mapping[str, object]) -> dict[str, str]:
    """Return all slots; those with a name that no layout knows are kept but never made."""
    known = {slot.name for layout in list_layouts() for slot in layout.slots} | set(letter.slots)
    slots = dict(letter.slots)
    for name in known:
        key = f"{SLOT}{name}"
        if key in posted:
            words = _untouched(letter.slots.get(name), storable(posted[key]))
            if words or name in slots:
                slots[name] = words
    if sum(map(len, slots.values())) > 2 * BODY_LIMIT:
        raise StaffError(
            "The letter is longer than can be kept. Put pictures on a web page and link to them.",
            field=f"{SLOT}main",
        )
    return slots


def _untouched(kept: str | None, posted: str) -> str:
    """Return what is kept where the browser gave it back with other line ends and nothing else."""
    words = posted.replace("\r\n", "\n")
    if kept is not None and kept.replace("\r\n", "\n").replace("\r", "\n") == words.replace("\r", "\n"):
        return kept
    return words


def words_shown(draft: Draft) -> dict[str, object]:
    """Return a draft as the composer shows it."""
    return {
        "title": draft.title,
        "subject": draft.subject,
        "preheader": draft.preheader,
        "layout": draft.layout,
        "locale": draft.locale,
        "sender": str(draft.sender_id or ""),
        "reason": draft.reason,
        "is_essential": draft.is_essential,
        "text": draft.text,
        "slots": dict(draft.slots),
    }


def words_posted(draft: Draft, posted: Mapping[str, str]) -> dict[str, object]:
    """Return what was posted and could not be kept, so that the page shows it again and nothing is lost."""
    shown = words_shown(draft)
    for name in ("title", "subject", "preheader", "layout", "locale", "sender", "reason"):
        if name in posted:
            shown[name] = posted[name]
    shown["is_essential"] = posted.get("is_essential") == "1"
    shown["text"] = posted.get("text", "") if posted.get("text_mode") == "own" else None
    slots = {key.removeprefix(SLOT): value for key, value in posted.items() if key.startswith(SLOT)}
    shown["slots"] = {**draft.slots, **slots}
    return shown


def place_choices(
    events: Sequence[tuple[int, str, str]], programmes: Sequence[tuple[int, str]], *, is_administrator: bool
) -> list[tuple[str, str]] | dict[str, list[tuple[str, str]]]:
    """Return the choices of where a letter belongs: events by programme, programmes, and everybody.

    Args:
        events: (id, name, programme's name).
        programmes: (id, name) of those seen whole.
        is_administrator: may write to everybody.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    if programmes:
        groups["A whole programme"] = [(f"programme-{key}", name) for key, name in programmes]
    for key, name, programme in events:
        groups.setdefault(f"An event of {programme}", []).append((f"event-{key}", name))
    if is_administrator:
        groups["Everybody"] = [("all", "All programmes")]
    return groups
