"""Look at a letter that is still being written, made by the same builder as the letters that go out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from webapp.mail.actions.compose import FaultyLetterError, content_of, find_faults
from webapp.mail.domain.compiled import AssembledLetter, CompiledLetter, RenderedLetter, compile_letter
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.letter_content import LetterContent
from webapp.mail.domain.merge_fields import LETTER_REASON, MERGE_FIELDS, OPT_OUT_LINK, declared_fields
from webapp.mail.domain.mime import LetterBuilder, SenderLine
from webapp.mail.domain.plain_text import text_from_html
from webapp.mail.models.letter import Letter
from webapp.mail.models.sender import Sender
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.preview import Recipient

CLIPPED = 102_000  # bytes of HTML above which Gmail cuts a letter off and hides its footer


@dataclass(frozen=True, slots=True)
class Look:
    """A letter as one recipient would read it.

    Args:
        words: subject, HTML and text.
        preheader: the line that inboxes show behind the subject.
        empty: labels of the fields that come out empty in this copy.
        size: bytes of the whole message.
        is_clipped: mail programs would cut it off.
    """

    words: RenderedLetter
    preheader: str
    empty: tuple[str, ...]
    size: int
    is_clipped: bool


class OpenDraft:
    """A working copy, compiled once and then looked at as any number of recipients.

    Args:
        letter: the working copy.
        sender: who it is from.
        constants: values of the merge fields that are the same for all, without the sender's and the reason.

    Raises:
        FaultyLetterError: it cannot be made into a letter; the faults say where.
    """

    def __init__(self, letter: Letter, sender: Sender | None, constants: Mapping[str, str]) -> None:
        faults = find_faults(letter)
        if faults:
            raise FaultyLetterError(faults)
        self._letter = letter
        self._sender = sender
        self._is_bulk = not letter.is_essential
        self._constants = {
            **constants,
            "sender.name": sender.display_name if sender else "",
            LETTER_REASON: letter.reason,
        }
        assembled = assemble_letter(content_of(letter), get_layout(letter.layout), is_bulk=self._is_bulk)
        self.compiled = self._compile(assembled)

    def _compile(self, assembled: AssembledLetter) -> CompiledLetter:
        return compile_letter(assembled, declared_fields(), self._constants)

    @cached_property
    def _preheader(self) -> CompiledLetter:
        """Return a letter that is nothing but the preheader as its subject, to show it in a line of its own."""
        return self._compile(AssembledLetter(self._letter.preheader, "", ""))

    def look(self, recipient: Recipient, date: datetime) -> Look:
        """Return the letter as this recipient would read it.

        Args:
            recipient: with values in the order of ``compiled.fields``.
            date: when it would go out.

        Raises:
            PoisonError: this recipient's letter cannot be written; delivery would leave them out, too.
        """
        link = OPT_OUT_LINK.example if self._is_bulk else None
        words = self.compiled.render(recipient.values, link)
        preheader = ""
        if self._letter.preheader.strip():
            known = dict(zip(self.compiled.fields, recipient.values, strict=True))
            values = [known.get(name) for name in self._preheader.fields]
            preheader = self._preheader.render(values, link).subject
        return Look(
            words=words,
            preheader=preheader,
            empty=self._find_empty(recipient),
            size=len(self._build(recipient, link, date)),
            is_clipped=len(words.html.encode()) > CLIPPED,
        )

    def _find_empty(self, recipient: Recipient) -> tuple[str, ...]:
        """Return the labels of fields that nothing stands in for."""
        values = dict(zip(self.compiled.fields, recipient.values, strict=True))
        return tuple(
            MERGE_FIELDS.get(name).label
            for name in self.compiled.fields_without_fallback
            if not values.get(name)
        )

    def _build(self, recipient: Recipient, link: str | None, date: datetime) -> bytes:
        """Return the whole message, so that what would fail at delivery fails here."""
        address = self._sender.address if self._sender else "nobody@example.org"
        name = self._sender.display_name if self._sender else ""
        builder = LetterBuilder(
            self.compiled,
            sender=SenderLine(address, name),
            domain=address.rpartition("@")[2],
            boundary_seed="preview",
            is_bulk=self._is_bulk,
        )
        return builder.build(
            address=recipient.email,
            name=recipient.name,
            values=recipient.values,
            date=date,
            message_id="preview",
            opt_out_link=link,
            one_click_link=f"{link}/one-click" if link else None,
        )


def automatic_text(letter: Letter) -> tuple[str, str]:
    """Return the text part as it is made from the HTML: the whole, and the author's words without the footer.

    The tags stay as they are. A letter with faults has a text all the same, as far as it can be read.
    """
    layout = get_layout(letter.layout)
    words = "\n".join(letter.slots.get(slot.name, "") for slot in layout.slots)
    if find_faults(letter):
        own = text_from_html(words)
        return own, own
    whole = assemble_letter(
        LetterContent(letter.subject, letter.preheader, dict(letter.slots), None, letter.locale),
        layout,
        is_bulk=not letter.is_essential,
    )
    return whole.text, text_from_html(words)
