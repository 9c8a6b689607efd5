"""A look at the words of a letter by role before anybody gets it, with an example for every blank."""

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.mail.domain.compiled import AssembledLetter, RenderedLetter, compile_letter
from webapp.mail.domain.layouts import Layout
from webapp.mail.domain.letter import assemble_letter
from webapp.mail.domain.letter_roles import LetterRole
from webapp.mail.domain.letter_texts import LetterText
from webapp.mail.domain.merge_fields import LETTER_REASON, MERGE_FIELDS, OPT_OUT_LINK


@dataclass(frozen=True, slots=True)
class LetterLook:
    """A letter as an imagined reader sees it.

    Args:
        words: subject, HTML and text.
        preheader: the line that inboxes show behind the subject.
    """

    words: RenderedLetter
    preheader: str


def look_at_text(text: LetterText, role: LetterRole, layout: Layout, known: Mapping[str, str]) -> LetterLook:
    """Return a letter made as those that go out are made.

    Args:
        text: words without faults.
        role: what they are for.
        layout: what they are put into.
        known: values that are not imagined, by field; where one is "" the field's example stands.

    Raises:
        StaffError: the words cannot be made into a letter.
    """
    values = {name: known.get(name) or field.example for name, field in MERGE_FIELDS.items()}
    values[LETTER_REASON] = text.reason

    def render(assembled: AssembledLetter) -> RenderedLetter:
        compiled = compile_letter(assembled, dict(MERGE_FIELDS.items()), values)
        link = OPT_OUT_LINK.example if role.is_bulk else None
        return compiled.render([values[name] for name in compiled.fields], link)

    words = render(assemble_letter(text.content(), layout, is_bulk=role.is_bulk))
    return LetterLook(words, render(AssembledLetter(text.preheader, "", "")).subject)
