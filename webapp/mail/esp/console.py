"""Carrier that prints letters to the terminal, for trying a shoot without any mail server."""

import sys
from typing import TextIO

from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.esp.base import CARRIERS, PlainCarrier


class ConsoleCarrier(PlainCarrier):
    """Prints every letter with its envelope.

    Args:
        stream: where to print; None is the standard output at the time of printing.
    """

    name = "console"

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    def deliver(self, parcel: Parcel) -> Outcome:
        """Print one letter; control characters other than line ends are shown, not sent to the terminal."""
        text = parcel.content.decode("utf-8", "replace").replace("\r\n", "\n")
        harmless = "".join(
            char if char in "\n\t" or char.isprintable() else f"\\x{ord(char):02x}" for char in text
        )
        stream = self._stream or sys.stdout
        stream.write(f"--- letter {parcel.seq}: <{parcel.sender}> to <{parcel.recipient}>\n{harmless}\n")
        stream.flush()
        return Outcome(parcel.seq, Verdict.SENT, 250, "printed")


@CARRIERS.register("console")
def open_console(_url: str) -> ConsoleCarrier:
    """Open ``console:``."""
    return ConsoleCarrier()
