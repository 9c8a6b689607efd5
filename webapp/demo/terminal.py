"""What the person at the terminal reads: our own lines, and those of the programs behind their names."""

import sys
import threading
from collections.abc import Callable

from webapp.demo.signins import SIGN_INS

NAME_WIDTH = 13


class Terminal:
    """Writes whole lines, one at a time, from several threads; a closed terminal ends nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Write a line of our own."""
        self._write(f"Postroom: {text}")

    def say_block(self, text: str) -> None:
        """Write several lines as they are."""
        self._write(text)

    def lines_of(self, name: str) -> Callable[[str], None]:
        """Return the function that writes the lines of a program."""

        def write(line: str) -> None:
            self._write(f"{name:<{NAME_WIDTH}} | {line}")

        return write

    def _write(self, text: str) -> None:
        with self._lock:
            try:
                sys.stdout.write(f"{text}\n")
                sys.stdout.flush()
            except (BrokenPipeError, ValueError):
                return  # nobody reads any more; a signal tells us when to stop


def welcome(address: str, has_inbox: bool, seconds: float) -> str:
    """Return what is shown once everything runs.

    Args:
        address: where the pages are, without a slash at the end.
        has_inbox: letters go to the demo's own mail server.
        seconds: how long the start took.
    """
    width = max(len(one.email) for one in SIGN_INS)
    who = "\n".join(f"    {one.email:<{width}}  {one.who}" for one in SIGN_INS)
    read = (
        f"read what arrived at {address}/demo/inbox"
        if has_inbox
        else "letters leave through SMTP_URL: they are real"
    )
    return f"""
  Postroom is running at {address} (started in {seconds:.1f} s)

  Sign in, with the password {SIGN_INS[0].password}, as
{who}

  What to try first
    1. as omar@cairo.test: Cairo is decided and nobody knows; read what each will read, announce it, undo it
    2. as support@demo.test: what needs attention; then two groups that both want to host in Kraków
    3. write a letter, choose who gets it, send it to yourself and then to them
    4. {read}

  Ctrl-C stops everything; the data are kept.
"""
