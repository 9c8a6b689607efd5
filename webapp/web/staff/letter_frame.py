"""What the pages of one letter have in common: its name, its place, the way from writing to sending."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import url_for

from webapp.mail.actions.compose import find_faults
from webapp.mail.domain.audience import Audience, read_audience
from webapp.mail.domain.faults import Fault
from webapp.mail.domain.states import LetterState, ShootKind
from webapp.mail.models.letter import Letter
from webapp.mail.models.sender import Sender
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letter_list import find_shoots_of, find_staff_name
from webapp.mail.queries.letters import find_senders, get_letter
from webapp.mail.queries.segments import Place
from webapp.people.domain.scope import Scope
from webapp.programme.queries.constants import letter_constants
from webapp.web.staff.access import current_scope
from webapp.web.staff.letter_fields import readable
from webapp.web.states import Badge
from webapp.web.theme import has_endpoint

GUARD = timedelta(minutes=2)  # how long after a save somebody counts as still writing

STATES = {
    "draft": Badge("Draft", "quiet", "edit", "It is still being written. Nothing can be sent yet."),
    "ready": Badge("Ready", "good", "check", "It is checked and can be sent."),
    "sent": Badge(
        "Sent", "busy", "send", "A shoot was made of it. It cannot be changed any more, only copied."
    ),
    "archived": Badge("Archived", "quiet", "folder", "It was put away."),
}


@dataclass(frozen=True, slots=True)
class LetterFrame:
    """A letter, and what every page about it shows.

    Args:
        letter: the working copy.
        scope: who looks.
        constants: values of the merge fields that are the same for all.
        tabs: (label, address) of the way from writing to sending.
    """

    letter: Letter
    scope: Scope
    constants: dict[str, str]
    tabs: list[tuple[str, str]]

    @property
    def name(self) -> str:
        """Return what the letter is called."""
        return readable(self.letter.title or self.letter.subject) or "Untitled letter"

    @property
    def place_name(self) -> str:
        """Return the event or programme it belongs to, in words."""
        return self.constants["event.name"] or self.constants["programme.name"] or "All programmes"

    @property
    def badge(self) -> Badge:
        """Return how its state is shown."""
        return STATES[self.letter.state]

    @property
    def is_open(self) -> bool:
        """Say whether it can still be changed."""
        return self.letter.state in {LetterState.DRAFT, LetterState.READY}

    @property
    def may_send(self) -> bool:
        """Say whether the person who looks may send it."""
        return self.scope.may_send(self.letter.programme_id, self.letter.event_id)

    @property
    def kind(self) -> ShootKind:
        """Return what its shoot would be taken for."""
        return ShootKind.ESSENTIAL if self.letter.is_essential else ShootKind.BULK

    @property
    def place(self) -> Place:
        """Return where its audience is chosen, and by whom."""
        return Place(self.scope, self.letter.programme_id, self.letter.event_id)

    @property
    def audience(self) -> Audience:
        """Return who it is for, as far as that was chosen."""
        return read_audience(self.letter.audience)

    @property
    def senders(self) -> list[Sender]:
        """Return the senders it may come from."""
        return find_senders(self.letter.programme_id, self.letter.event_id)

    @property
    def sender(self) -> Sender | None:
        """Return the sender that was chosen, if it may still be used."""
        return next((s for s in self.senders if s.id == self.letter.sender_id), None)

    @property
    def shoot(self) -> tuple[int, str, str | None] | None:
        """Return (id, state, address) of the shoot that was made of it, None when it was not sent."""
        found = find_shoots_of([self.letter.id]).get(self.letter.id)
        return (*found, shoot_address(found[0])) if found else None

    @property
    def faults(self) -> list[dict[str, object]]:
        """Return what keeps it from being ready, as page and scripts show it."""
        return faults_shown(self.letter, find_faults(self.letter))

    def editor_beside(self, now: datetime) -> str | None:
        """Return the name of somebody else who is writing it right now, None when there is nobody."""
        letter = self.letter
        if letter.editor_id in {None, self.scope.user_id} or letter.edited_at is None:
            return None
        return find_staff_name(letter.editor_id) if letter.edited_at > now - GUARD else None


def open_letter_frame(letter_id: int) -> LetterFrame:
    """Return a letter for the person at the screen.

    Raises:
        NotFoundError: there is none, or it is not for them.
    """
    scope = current_scope()
    letter = get_letter(scope, letter_id)
    constants = letter_constants(letter.programme_id, letter.event_id, letter.locale)
    tabs = [
        ("Write", url_for("letters.edit", letter_id=letter_id)),
        ("Audience", url_for("letter_audience.page", letter_id=letter_id)),
        ("Preview", url_for("letter_preview.page", letter_id=letter_id)),
        ("Send", url_for("letter_send.confirm", letter_id=letter_id)),
    ]
    return LetterFrame(letter, scope, constants, tabs)


def shoot_address(shoot_id: int) -> str | None:
    """Return the address of a shoot's page, None where this installation has no such page."""
    return url_for("shoots.show", shoot_id=shoot_id) if has_endpoint("shoots.show") else None


def faults_shown(letter: Letter, faults: list[Fault]) -> list[dict[str, object]]:
    """Return faults with the names of their places, for the page and for its scripts."""
    labels = {"subject": "Subject", "preheader": "Preview line", "text": "Plain text", "layout": "Layout"}
    labels |= {f"slot:{slot.name}": slot.label for slot in get_layout(letter.layout).slots}
    return [
        {
            "place": fault.place,
            "label": labels.get(fault.place, fault.place.removeprefix("slot:").capitalize()),
            "line": fault.line,
            "column": fault.column,
            "excerpt": fault.excerpt,
            "message": fault.message,
        }
        for fault in faults
    ]
