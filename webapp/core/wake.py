"""How a committed change tells the workers that there is work, without knowing what a worker is."""

from collections.abc import Callable

from flask import current_app

from webapp.core.transaction import after_commit

Ringer = Callable[[str], None]
_EXTENSION = "postroom.ringer"


def install_ringer(extensions: dict[str, object], ringer: Ringer) -> None:
    """Say who is called with the name of a lane when there is work in it."""
    extensions[_EXTENSION] = ringer


def wake(lane: str) -> None:
    """Ring for a lane once the open transaction is durable.

    A ring may be lost (Redis restarted, process killed); the ticker finds the work all the same.
    """
    ringer = current_app.extensions.get(_EXTENSION)
    if callable(ringer):
        after_commit(f"wake:{lane}", lambda: ringer(lane))
