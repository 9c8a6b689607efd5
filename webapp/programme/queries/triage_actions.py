"""What a triage action is: what support may do with an application to host, one file each in the catalog."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from webapp.core.registry import Shelf
from webapp.people.domain.scope import Scope
from webapp.programme.domain.host_states import HostState
from webapp.programme.models.host_application import HostApplication


class Need(StrEnum):
    """What somebody has to say for an action."""

    COMMENT = "comment"  # internal words; the history keeps them
    SLUG = "slug"  # the event's name in addresses, confirmed by a person
    PREVIOUS_EDITION = "previous_edition"  # which one it continues, or that it continues none


class Actor(StrEnum):
    """Who may do it."""

    SUPPORT = "support"  # of the application's programme, and administrators
    LEAD = "lead"  # its first organizer, by the link in their letters


class Choices(TypedDict, total=False):
    """What is said with an action.

    ``slug``; ``previous_event_id`` (None: confirmed that it continues none; left out: nothing was confirmed);
    ``event_name``; ``note``, personal words for the letter; ``is_acknowledged``, a warning about an organizer
    was seen; ``mailbox``, the confirmed proposal by its token or kind (left out: what touches nobody else's).
    """

    slug: str
    previous_event_id: int | None
    event_name: str
    note: str
    is_acknowledged: bool
    mailbox: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One action on one application.

    Args:
        scope: who acts.
        comment: internal words.
        choices: what else was said.
        now: when.
        hold_until: when letters of a decision may leave, None at once.
    """

    scope: Scope
    comment: str
    choices: Choices
    now: datetime
    hold_until: datetime | None = None


Effect = Callable[[HostApplication, Deed], dict[str, object]]
"""What follows besides the new state, in its transaction; returns what the history is to show."""


@dataclass(frozen=True, slots=True)
class TriageAction:
    """One thing that can be done.

    Args:
        name: as on the command line.
        label: as on its button.
        done: what was done, for messages ("put on hold").
        sources: states in which it may be done.
        target: the state that follows.
        actors: who may.
        letter_role: the letter that it causes, None for none.
        needs: what has to be said.
        effect: what else it does.
    """

    name: str
    label: str
    done: str
    sources: frozenset[HostState]
    target: HostState
    actors: frozenset[Actor] = frozenset({Actor.SUPPORT})
    letter_role: str | None = None
    needs: frozenset[Need] = frozenset()
    effect: Effect | None = None

    @property
    def is_decision(self) -> bool:
        """Whether it decides: its letters are held and it can be undone meanwhile."""
        return self.target in DECISIONS

    @property
    def is_for_many(self) -> bool:
        """Whether it may be done to many at once; what needs a choice for each may not."""
        return not self.needs & {Need.SLUG, Need.PREVIOUS_EDITION}


DECISIONS = frozenset({HostState.ACCEPTED, HostState.REJECTED})
TRIAGE_ACTIONS: Shelf[TriageAction] = Shelf("action")


def register_action(action: TriageAction) -> TriageAction:
    """Put an action on the shelf under its own name.

    Raises:
        ValueError: the name is taken.
    """
    return TRIAGE_ACTIONS.put(action.name, action)


def may_undo(scope: Scope, row: HostApplication, now: datetime) -> bool:
    """Say whether this member of staff may take the decision back now: its author, or an administrator."""
    is_in_time = row.state in DECISIONS and row.undo_until is not None and now < row.undo_until
    is_theirs = scope.user_id is not None and row.decided_by_id == scope.user_id
    return is_in_time and (scope.is_administrator or is_theirs)


def why_not(action: TriageAction, row: HostApplication, scope: Scope, now: datetime) -> str | None:
    """Return why an action cannot be done to an application now, None when it can.

    The other decision may be taken while the letters of the first are held: that one is then undone first.
    """
    if row.state in action.sources:
        return None
    if action.is_decision and row.state != action.target and may_undo(scope, row, now):
        return None
    state = HostState(row.state).value.replace("_", " ")
    if row.state == action.target:
        return f"{row.reference} is {state} already."
    return f"{row.reference} is {state}; it can no longer be {action.done}."


def offered_actions(row: HostApplication, scope: Scope, now: datetime) -> list[TriageAction]:
    """Return what support may do with an application now, in the order in which it stands on the shelf."""
    return [
        action
        for _, action in TRIAGE_ACTIONS.items()
        if Actor.SUPPORT in action.actors and why_not(action, row, scope, now) is None
    ]
