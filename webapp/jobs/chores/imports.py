"""The chore of importing people."""

from collections.abc import Callable

from webapp.people.actions.imports import run_due_imports


def run(must_stop: Callable[[], bool]) -> None:
    """Run the dry runs and imports that are due."""
    run_due_imports(must_stop=must_stop)
