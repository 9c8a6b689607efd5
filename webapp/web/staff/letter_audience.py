"""The page on which somebody chooses who gets a letter, and sees who would be left out and why."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.errors import ConflictError, NotFoundError, PostroomError, StaffError
from webapp.mail.actions.compose import set_audience
from webapp.mail.domain.audience import Audience, Choice
from webapp.mail.domain.states import SkipReason
from webapp.mail.queries.audience import AudienceCount, SamplePerson, count_audience, page_audience
from webapp.mail.queries.segments import SEGMENTS, Option, Segment
from webapp.people.actions.import_steps import paste_people
from webapp.people.actions.imports import import_now
from webapp.people.models.people_import import ImportFault, ImportState, PeopleImport
from webapp.people.queries.import_batches import find_faults
from webapp.people.queries.imports import find_import
from webapp.web.forms.audience import PARTS, changed_audience, posted_audience
from webapp.web.staff.access import StaffBlueprint
from webapp.web.staff.letter_frame import LetterFrame, open_letter_frame

blueprint = StaffBlueprint("letter_audience", __name__, url_prefix="/letters/<int:letter_id>/audience")

SAMPLE, NAMES = 8, 100  # people shown beside the count; and of those left out, once they are asked for
PASTE_LIMIT = 200_000  # characters: about 5,000 addresses, which are taken in while somebody waits
FAULTS = 50  # refused lines that are shown
# for the command line, where nobody can pick from a list; and begun on the application's own page
NOT_OFFERED = frozenset({"last-import", "host-lead"})
COMMON = ("registered", "newsletter", "staff", "shoot", "import")  # offered first, in this order

REASONS = {
    SkipReason.OPTED_OUT: ("Opted out", "They asked not to get letters of this kind."),
    SkipReason.SUPPRESSED: ("Suppressed", "Mail to their address came back, or they complained about it."),
    SkipReason.NO_ADDRESS: ("No address", "Nobody knows where to write to."),
}


@dataclass(frozen=True, slots=True)
class PickedChoice:
    """One choice as the picker shows it."""

    part: str
    index: int
    segment: Segment
    settings: dict[str, str]
    options: dict[str, list[Option]]
    error: str


@dataclass(frozen=True, slots=True)
class AudienceView:
    """Who is chosen, and what sending to them would mean.

    Args:
        picked: the choices.
        count: None while that cannot be said.
        sample: some of those who would get it.
        error: why it cannot be said.
        words: the audience in a sentence.
    """

    picked: list[PickedChoice]
    count: AudienceCount | None
    sample: list[SamplePerson]
    error: str
    words: str


def view_audience(frame: LetterFrame) -> AudienceView:
    """Return everything that the picker and the confirmation show of a letter's audience."""
    audience = frame.audience
    picked = [
        _pick(frame, part, index, choice)
        for part in PARTS
        for index, choice in enumerate(getattr(audience, part))
    ]
    faulty = next((choice.error for choice in picked if choice.error), "")
    if faulty or not audience.include:
        return AudienceView(picked, None, [], faulty, "")
    try:
        count = count_audience(audience, frame.place, kind=frame.kind)
        sample = page_audience(audience, frame.place, kind=frame.kind, reason=None, limit=SAMPLE)
        return AudienceView(picked, count, sample, "", describe_audience(frame, audience))
    except (StaffError, NotFoundError) as error:
        return AudienceView(picked, None, [], error.message, "")


def _pick(frame: LetterFrame, part: str, index: int, choice: Choice) -> PickedChoice:
    """Return one choice with what its settings may be; one that reaches too far says so and nothing else."""
    if choice.segment not in SEGMENTS:
        raise StaffError("The audience names a group that does not exist any more. Choose it again.")
    segment = SEGMENTS.get(choice.segment)
    error = ""
    try:
        segment.select_people(choice.settings, frame.place)
    except (StaffError, NotFoundError) as refused:
        error = refused.message
    options = {setting.name: segment.options(setting.name, frame.place) for setting in segment.settings}
    return PickedChoice(part, index, segment, dict(choice.settings), options, error)


def describe_audience(frame: LetterFrame, audience: Audience) -> str:
    """Return an audience in one sentence."""

    def words(choices: tuple[Choice, ...]) -> str:
        named = [SEGMENTS.get(c.segment).describe(c.settings, frame.place) for c in choices]
        return named[0] if len(named) == 1 else ", ".join(named[:-1]) + " and " + named[-1]

    without = f", without: {words(audience.exclude)}" if audience.exclude else ""
    said = f"{words(audience.include)}{without}"
    # Before thousands of letters go out it has to say which event, not “this” one.
    return said.replace("Everybody of this event", f"Everybody of {frame.place_name}")


def offered_segments() -> list[Segment]:
    """Return the groups that can be added, what is wanted most often first."""
    found = [segment for name, segment in SEGMENTS.items() if name not in NOT_OFFERED]
    return sorted(found, key=lambda s: COMMON.index(s.name) if s.name in COMMON else len(COMMON))


@blueprint.get("/")
def page(letter_id: int) -> str:
    """Show who is chosen and what that means."""
    frame = open_letter_frame(letter_id)
    return _show(frame, "staff/letters/audience.html", _find_pasted(frame))


def _show(frame: LetterFrame, template: str, pasted: tuple[PeopleImport, list[ImportFault]] | None) -> str:
    return render_template(
        template,
        frame=frame,
        view=view_audience(frame),
        parts=PARTS,
        segments=offered_segments(),
        reasons=REASONS,
        pasted=pasted,
    )


@blueprint.post("/")
def choose(letter_id: int) -> ResponseReturnValue:
    """Remember the choices that were posted; scripts get the picker back, others the page."""
    frame = open_letter_frame(letter_id)
    refused = None
    try:
        _keep(frame, changed_audience(posted_audience(request.form), request.form))
    except StaffError as error:
        refused = error.message
    if request.headers.get("HX-Request"):
        return _show(open_letter_frame(letter_id), "staff/letters/_picker.html", None)
    if refused:
        flash(refused, "error")
    return redirect(url_for("letter_audience.page", letter_id=letter_id))


def _require_open(frame: LetterFrame) -> None:
    """Refuse to change who a letter is for that was sent or put away."""
    if not frame.is_open:
        raise ConflictError(f"This letter is {frame.letter.state}; its audience cannot be changed any more.")


def _keep(frame: LetterFrame, audience: Audience) -> None:
    """Remember an audience with a letter that can still be changed."""
    _require_open(frame)
    set_audience(scope=frame.scope, letter_id=frame.letter.id, audience=audience.to_json())


@blueprint.get("/people")
def people(letter_id: int) -> str:
    """Show who is left out for a reason, or who gets it; within the page or as one of its own."""
    frame = open_letter_frame(letter_id)
    name = request.args.get("reason", "")
    reason = SkipReason(name) if name in set(SkipReason) else None
    found = page_audience(
        frame.audience,
        frame.place,
        kind=frame.kind,
        reason=reason,
        text=request.args.get("search", "").strip()[:100],
        limit=NAMES + 1,
    )
    is_part = bool(request.headers.get("HX-Request"))
    return render_template(
        "staff/letters/_people.html" if is_part else "staff/letters/people.html",
        frame=frame,
        people=found[:NAMES],
        is_cut=len(found) > NAMES,
        reason=reason,
        heading=REASONS[reason][0] if reason else "Who gets it",
        search=request.args.get("search", ""),
    )


@blueprint.post("/paste")
def paste(letter_id: int) -> ResponseReturnValue:
    """Take pasted addresses in as an import, and choose its people."""
    frame = open_letter_frame(letter_id)
    _require_open(frame)
    letter = frame.letter
    text = request.form.get("text", "").replace("\x00", "")
    here = url_for("letter_audience.page", letter_id=letter_id)
    try:
        if len(text) > PASTE_LIMIT:
            raise StaffError("That is more than 5,000 addresses. Put them in a file and import it instead.")
        import_id = paste_people(
            scope=frame.scope, text=text, programme_id=letter.programme_id, event_id=letter.event_id
        )
        if import_now(scope=frame.scope, import_id=import_id) != ImportState.COMPLETED:
            raise StaffError("These addresses could not be read. Paste one address on each line.")
        chosen = frame.audience
        added = Choice("import", {"import": str(import_id)})
        _keep(frame, Audience((*chosen.include, added), chosen.exclude))
    except PostroomError as error:
        flash(error.message, "error")
        return redirect(here)
    return redirect(f"{here}?pasted={import_id}")


def _find_pasted(frame: LetterFrame) -> tuple[PeopleImport, list[ImportFault]] | None:
    """Return what became of the addresses that were just pasted."""
    number = request.args.get("pasted", "")
    found = find_import(frame.scope, int(number)) if number.isascii() and number.isdigit() else None
    return (found, find_faults(found.id, FAULTS)) if found else None
