"""Importing people, as the rest of the house calls it: what is due is found in rows and done in batches."""

from collections.abc import Callable


def run_due_imports(*, must_stop: Callable[[], bool]) -> None:
    """Run the dry runs and imports that are due, until there is none left or ``must_stop`` says so."""
