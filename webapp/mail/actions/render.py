"""Make the letter of a shoot for one recipient after another; also again, later, byte for byte."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask import current_app

from webapp.core.errors import StaffError
from webapp.core.tokens import TokenKeys
from webapp.mail.domain.attachments import AttachedFile
from webapp.mail.domain.compiled import AssembledLetter, CompiledLetter, compile_letter
from webapp.mail.domain.dkim import DkimKeyring
from webapp.mail.domain.headers import ascii_address, ascii_domain
from webapp.mail.domain.merge_fields import MERGE_FIELDS
from webapp.mail.domain.mime import Copy, LetterBuilder, SenderLine
from webapp.mail.domain.references import MESSAGE_ID, OPT_OUT, ReferenceMaker
from webapp.mail.domain.states import ShootKind
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.letter import LetterVersion
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.attachments import find_attached_files
from webapp.mail.queries.deliver import HandOver
from webapp.mail.queries.merge_values import MadeValues
from webapp.mail.queries.sender_keys import find_signing_keys


def compile_version(version: LetterVersion, constants: Mapping[str, str | None]) -> CompiledLetter:
    """Return a version of a letter, compiled with the values that are the same for all recipients.

    Raises:
        StaffError: the letter has a fault.
    """
    assembled = AssembledLetter(
        subject=version.subject, html=version.assembled_html, text=version.assembled_text
    )
    return compile_letter(assembled, dict(MERGE_FIELDS.items()), constants)


class OpenLetter:
    """A shoot's letter, opened once and then made for any number of recipients.

    Args:
        shoot: with its version loaded.
        keys: from which references in letters are made.
        public_url: where the opt-out pages are.
        files: go with every letter.
        keyring: signs each letter; None where its sender never had a key.

    Raises:
        StaffError: the letter cannot be compiled.
    """

    def __init__(
        self,
        shoot: Shoot,
        keys: TokenKeys,
        public_url: str,
        files: Sequence[AttachedFile] = (),
        keyring: DkimKeyring | None = None,
    ) -> None:
        self._keyring = keyring
        line = shoot.sender_line
        sender = line["address"]
        self.envelope_sender = ascii_address(sender)
        self.compiled = compile_version(shoot.version, shoot.constants)
        if tuple(shoot.fields) != self.compiled.fields:
            raise StaffError("The letter's fields are not those that its rows were frozen with.")
        self._is_bulk = shoot.kind != ShootKind.ESSENTIAL and not shoot.version.is_essential
        self._message_ids = ReferenceMaker(keys, MESSAGE_ID, shoot.id)
        self._opt_outs = ReferenceMaker(keys, OPT_OUT, shoot.id)
        self._page = f"{public_url}/opt-out/"
        self._made = MadeValues(self.compiled.fields, keys, public_url)
        domain = sender.rpartition("@")[2]
        self._builder = LetterBuilder(
            self.compiled,
            sender=SenderLine(sender, line.get("display_name", ""), line.get("reply_to") or None),
            domain=domain,
            list_id=line.get("list_id") if self._is_bulk else None,
            boundary_seed=f"shoot {shoot.id}",
            is_bulk=self._is_bulk,
            files=files,
        )

    @property
    def fixed_size(self) -> int:
        """The bytes of a letter's fixed parts, at most; what is a recipient's own comes to them."""
        return self._builder.fixed_size

    def build_all(self, rows: Sequence[HandOver]) -> list[bytes]:
        """Return some recipients' letters as they go out; see `LetterBuilder.build_all`.

        Raises:
            PoisonError: one of the letters cannot be written.
        """
        ids = [self._message_ids.make(row.seq) for row in rows]
        links = [self._page + self._opt_outs.make(row.seq) if self._is_bulk else None for row in rows]
        copies = [
            Copy(
                row.address,
                row.name or "",
                self._made.of(row.merge_values, row.name),
                row.handed_at,
                message_id,
                link,
                f"{link}/one-click" if link else None,
            )
            for row, message_id, link in zip(rows, ids, links, strict=True)
        ]
        letters = self._builder.build_all(copies)
        if self._keyring is None:
            return letters
        return [self._keyring.sign(letter, row.handed_at) for letter, row in zip(letters, rows, strict=True)]

    def build(
        self, *, seq: int, address: str, name: str | None, values: Sequence[str | None], date: datetime
    ) -> bytes:
        """Return one recipient's letter as it goes out.

        Args:
            seq: the letter's number in the shoot.
            address: where to.
            name: the recipient's name, if any.
            values: in the order of the shoot's fields.
            date: when it was handed over.

        Raises:
            PoisonError: this recipient's letter cannot be written.
        """
        return self.build_all([HandOver(seq, address, name, values, 0, date)])[0]


def open_letter(shoot: Shoot) -> OpenLetter:
    """Return a shoot's letter, ready to be made for recipients, with this installation's keys."""
    settings = current_app.extensions["settings"]
    files = find_attached_files(shoot.attachment_ids)
    # The sender may have another address by now; a key proves something about the one in this shoot's From.
    keys, now = find_signing_keys(shoot.sender_id, ascii_domain(shoot.sender_line["address"]))
    keyring = DkimKeyring(keys, current_app.extensions["vault"].open, now) if now else None
    return OpenLetter(shoot, current_app.extensions["tokens"], settings.public_url, files, keyring)


def exact_copy(shoot: Shoot, letter: EmailLog) -> bytes | None:
    """Return a letter byte for byte as it was handed over, or None when it never was.

    Raises:
        PoisonError: it never could be written.
    """
    if letter.handed_at is None or letter.address is None:
        return None
    return open_letter(shoot).build(
        seq=letter.seq,
        address=letter.address,
        name=letter.name,
        values=letter.merge_values,
        date=letter.handed_at,
    )
