"""Files that go with letters: each is stored once, whatever sends it and how often."""

from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from webapp.core.database import db
from webapp.core.errors import StaffError
from webapp.mail.domain.attachments import AttachedFile
from webapp.mail.models.shoot import Attachment

LARGEST_ATTACHMENT = 5 * 1024 * 1024  # bytes


def pin_attachment(filename: str, content_type: str, content: bytes, content_id: str | None = None) -> int:
    """Return the number of a stored file, storing it unless exactly this one is there; part of the open transaction.

    Args:
        filename: as its reader sees it.
        content_type: with its parameters, for example ``text/calendar; method=PUBLISH; charset=utf-8``.
        content: the file.
        content_id: what the letter's HTML calls a picture (``<img src="cid:logo@example.org">`` for
            ``logo@example.org``); None for a file beside the letter.

    Raises:
        StaffError: it is too large to be sent.
    """
    if len(content) > LARGEST_ATTACHMENT:
        raise StaffError("A file that goes with letters may have 5 MB at most.", field="attachment")
    head = [filename, content_type, *([content_id] if content_id else [])]
    checksum = sha256("".join(f"{one}\0" for one in head).encode() + content).hexdigest()
    db.session.execute(
        insert(Attachment)
        .values(
            checksum=checksum,
            filename=filename,
            content_type=content_type,
            content=content,
            content_id=content_id,
        )
        .on_conflict_do_nothing(index_elements=["checksum"])
    )
    return db.session.scalars(select(Attachment.id).where(Attachment.checksum == checksum)).one()


def find_attached_files(attachment_ids: Sequence[int]) -> list[AttachedFile]:
    """Return stored files in the order of their numbers in ``attachment_ids``."""
    if not attachment_ids:
        return []
    rows = db.session.scalars(select(Attachment).where(Attachment.id.in_(attachment_ids)))
    by_id = {
        row.id: AttachedFile(row.filename, row.content_type, row.content, row.content_id or "")
        for row in rows
    }
    return [by_id[attachment_id] for attachment_id in attachment_ids]
