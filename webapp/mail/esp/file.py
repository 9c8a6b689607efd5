"""Carrier that writes each letter as an .eml file into a folder, for reading with a mail program."""

from pathlib import Path
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from webapp.core.errors import OperatorError
from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.esp.base import CARRIERS, PlainCarrier


class FileCarrier(PlainCarrier):
    """Writes letters into a folder, each under a name of its own: two shoots or a resend overwrite nothing.

    Args:
        folder: where the files go; made when missing.
    """

    name = "file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def deliver(self, parcel: Parcel) -> Outcome:
        """Write one letter whole under its final name, or say that the folder cannot be written."""
        path = self.folder / f"{parcel.seq:08d}-{uuid4().hex}.eml"
        partial = path.with_suffix(".partial")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(parcel.content)
            partial.rename(path)
        except OSError as error:
            return Outcome(
                parcel.seq, Verdict.CARRIER_DOWN, None, f"The folder for letters cannot be written: {error}"
            )
        return Outcome(parcel.seq, Verdict.SENT, 250, f"written to {path.name}")


@CARRIERS.register("file")
def open_file(url: str) -> FileCarrier:
    """Open ``file:///folder``.

    Raises:
        OperatorError: no absolute folder is named.
    """
    parts = urlsplit(url)
    if parts.netloc or not parts.path.startswith("/"):
        raise OperatorError(
            "SMTP_URL with file: needs an absolute folder: file:///var/letters.", field="SMTP_URL"
        )
    return FileCarrier(Path(unquote(parts.path)))
