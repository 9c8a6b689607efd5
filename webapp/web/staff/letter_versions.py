"""Pages on which earlier versions of a letter are compared with what it says now, and brought back."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.core.clock import now
from webapp.core.errors import NotFoundError
from webapp.mail.actions.compose_versions import restore_version
from webapp.mail.domain.line_diff import PlaceDiff, compare_places
from webapp.mail.models.letter import Letter, LetterVersion
from webapp.mail.queries.letter_list import find_staff_name
from webapp.mail.queries.letters import find_version, find_versions
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.letter_fields import readable
from webapp.web.staff.letter_frame import open_letter_frame

blueprint = StaffBlueprint("letter_versions", __name__, url_prefix="/letters/<int:letter_id>/versions")


@blueprint.get("/")
def index(letter_id: int) -> str:
    """List the versions that were kept."""
    frame = open_letter_frame(letter_id)
    versions = find_versions(letter_id)
    names = {author: find_staff_name(author) for author in {version.author_id for version in versions}}
    return render_template(
        "staff/letters/versions.html", frame=frame, versions=versions, names=names, readable=readable
    )


@blueprint.get("/<int:number>")
def show(letter_id: int, number: int) -> str:
    """Show what is different between a version and the letter as it is now."""
    frame = open_letter_frame(letter_id)
    version = find_version(letter_id, number)
    if version is None:
        raise NotFoundError("There is no such version.")
    return render_template(
        "staff/letters/version.html",
        frame=frame,
        version=version,
        author=find_staff_name(version.author_id),
        differences=compare(version, frame.letter),
    )


@blueprint.post("/<int:number>/restore")
def restore(letter_id: int, number: int) -> ResponseReturnValue:
    """Put the words of a version back into the letter."""
    revision = request.form.get("revision", "")
    restore_version(
        scope=current_scope(),
        letter_id=letter_id,
        number=number,
        revision=int(revision) if revision.isascii() and revision.isdigit() else 0,
        now=now(),
    )
    flash(f"The letter says again what version {number} said.", "success")
    return redirect(url_for("letters.edit", letter_id=letter_id))


def compare(version: LetterVersion, letter: Letter) -> list[PlaceDiff]:
    """Return the places in which a version and the letter differ, in the order of the page."""
    return compare_places(_places(version), _places(letter))


def _places(words: Letter | LetterVersion) -> dict[str, str]:
    """Return the words of each place by what it is called."""
    layout = words.layout_version.key if isinstance(words, LetterVersion) else words.layout
    subject = _own_subject(words)
    places = {"Subject": subject, "Preview line": words.preheader}
    places |= {name.capitalize(): source for name, source in words.slots.items()}
    text = "made from the letter" if words.text is None else words.text
    return {
        **places,
        "Plain text": text,
        "Why they get this": words.reason,
        "Layout": layout,
        "Language": words.locale,
        "Essential": "yes" if words.is_essential else "no",
    }


def _own_subject(words: Letter | LetterVersion) -> str:
    """Return the subject; a version keeps it tidied, so that spaces alone are no difference."""
    return " ".join(words.subject.split())
