"""Chores of the bulk lane beside letters: whether one is due costs a question, and only then its libraries are read.

A chore is a file in ``jobs/chores`` with ``run(must_stop)``, and a line here with the question.
"""

from collections.abc import Callable
from typing import Protocol

from flask import current_app

from webapp.core.registry import load_needed
from webapp.people.queries.due_imports import has_due_import
from webapp.programme.queries.mailboxes import has_due_step
from webapp.programme.queries.newsletter_sync import has_due_list

CHORES: dict[str, Callable[[], bool]] = {
    "imports": has_due_import,
    "mailbox_steps": has_due_step,
    "list_sync": has_due_list,
}
"""Names of the modules in ``jobs/chores``, in the order in which they are done, with the question: is it due?"""


class Run(Protocol):
    """What a chore's module has."""

    def __call__(self, must_stop: Callable[[], bool]) -> None:
        """Do what is due until nothing is, or ``must_stop`` says so."""


def has_due_chore() -> bool:
    """Say whether any chore is due."""
    return any(is_due() for is_due in CHORES.values())


def open_chore(name: str) -> Run:
    """Return a chore that can be run; its module is read by the first process that needs it.

    A job's process is forked from its worker's and ends with its slice, so what a chore has read goes with it.
    """
    load_needed("webapp.catalog.letters").install_letters(current_app.extensions)
    run: Run = load_needed(f"webapp.jobs.chores.{name}").run
    return run


def do_due_chores(must_stop: Callable[[], bool]) -> None:
    """Do the chores that are due, one after the other.

    Args:
        must_stop: says when to hand back the rest.
    """
    for name, is_due in CHORES.items():
        if not must_stop() and is_due():
            open_chore(name)(must_stop)
