"""A letter taken apart once per version, so that each recipient's copy is only put together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from webapp.core.errors import StaffError
from webapp.mail.domain.faults import Fault
from webapp.mail.domain.html_context import Landing, Landings, classify
from webapp.mail.domain.merge_fields import OPT_OUT_LINK, Fields, MergeField
from webapp.mail.domain.tags import Question
from webapp.mail.domain.template import Choice, Nodes, Template, Value, parse
from webapp.mail.domain.values import Context, clean_value, write_value


@dataclass(frozen=True, slots=True)
class AssembledLetter:
    """A letter with its layout, still with its tags; stored once per version.

    Args:
        subject: one line with tags.
        html: a whole HTML document with tags.
        text: plain text with tags, lines ended by ``\\n``.
    """

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class RenderedLetter:
    """A letter as one recipient reads it."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that differs from recipient to recipient, written for one kind of place.

    Args:
        field: index into the values; the last one is the opt-out link.
        landing: where it lands.
        default: cleaned text for those without a value.
    """

    field: int
    landing: Landing
    default: str

    def write(self, value: str) -> str:
        """Return a cleaned value, or the default, as it stands in its place."""
        return write_value(
            value or self.default, self.landing.context, is_in_comment=self.landing.is_in_comment
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about one of the values; see `tags.Question`."""

    field: int
    text: str | None
    is_negated: bool

    def holds(self, values: Sequence[str]) -> bool:
        """Answer it for cleaned values."""
        value = values[self.field]
        return (bool(value) if self.text is None else value == self.text) is not self.is_negated


@dataclass(frozen=True, slots=True)
class Fork:
    """Programs of which the first whose question holds is taken."""

    branches: tuple[tuple[Asked | None, "Program"], ...]


Program = tuple[str | int | Fork, ...]  # fixed text, number of a slot, or a fork


@dataclass(frozen=True, slots=True)
class CompiledLetter:
    """A letter ready for recipients.

    Args:
        subject: program of the subject.
        html: program of the HTML part.
        text: program of the text part.
        slots: what the numbers in the programs stand for.
        fields: names of the fields whose values `render` and `LetterBuilder.build` want, in this order.
        fields_without_fallback: names that may come out empty, because no default and no condition guards
            them; among them constants that have no value.
    """

    subject: Program
    html: Program
    text: Program
    slots: tuple[Slot, ...]
    fields: tuple[str, ...]
    fields_without_fallback: tuple[str, ...]

    def clean(self, values: Sequence[str | None], opt_out_link: str | None) -> list[str]:
        """Return the cleaned values, with the opt-out link as the last.

        Raises:
            PoisonError: a value cannot be carried by any letter.
            ValueError: there are not as many values as fields.
        """
        if len(values) != len(self.fields):
            raise ValueError(f"The letter has {len(self.fields)} fields but was given {len(values)} values.")
        return [clean_value(value) for value in (*values, opt_out_link)]

    def render(self, values: Sequence[str | None], opt_out_link: str | None) -> RenderedLetter:
        """Write the letter for one recipient, for previews and for the log; `LetterBuilder` writes the same.

        Args:
            values: in the order of `fields`; None where the recipient has none.
            opt_out_link: the recipient's own; None in essential letters.

        Raises:
            PoisonError: a value cannot be carried by any letter.
        """
        cleaned = self.clean(values, opt_out_link)
        written = [slot.write(cleaned[slot.field]) for slot in self.slots]
        subject, html, text = (
            "".join(_walk(program, written, cleaned)) for program in (self.subject, self.html, self.text)
        )
        return RenderedLetter(" ".join(subject.split()), html, text)

    def subject_pieces(self, written: Sequence[str], values: Sequence[str]) -> list[str]:
        """Return the pieces of the subject from written slots and cleaned values."""
        return _walk(self.subject, written, values)


def _walk(program: Program, written: Sequence[str], values: Sequence[str]) -> list[str]:
    pieces: list[str] = []
    for step in program:
        if isinstance(step, str):
            pieces.append(step)
        elif isinstance(step, int):
            pieces.append(written[step])
        else:
            taken = next(
                (branch for asked, branch in step.branches if asked is None or asked.holds(values)), ()
            )
            pieces += _walk(taken, written, values)
    return pieces


def compile_letter(
    assembled: AssembledLetter, fields: Fields, constants: Mapping[str, str | None]
) -> CompiledLetter:
    """Compile a letter for one shoot.

    Args:
        assembled: from `assemble_letter`.
        fields: every declared field by name.
        constants: values of the constant fields by name; folded into the fixed parts.

    Raises:
        StaffError: the letter has a fault that `check_letter` would have shown.
    """
    subject, html, text, landings = _taken_apart(assembled, tuple(fields.items()))
    _refuse_faults([*subject.faults, *html.faults, *landings.faults, *text.faults])
    order = _person_fields((subject, html, text), fields)
    compiler = _Compiler(fields, constants, order)
    line, plain = Landing(Context.LINE), Landing(Context.PLAIN)
    programs = (
        compiler.program(subject.nodes, lambda _: line),
        _ended(compiler.program(html.nodes, lambda number: landings.by_number[number])),
        _ended(compiler.program(text.nodes, lambda _: plain)),
    )
    return CompiledLetter(*programs, tuple(compiler.slots), order, tuple(compiler.unguarded))


@lru_cache(maxsize=32)  # one deed writes many shoots of the same few letters, and a letter may have megabytes
def _taken_apart(
    assembled: AssembledLetter, fields: tuple[tuple[str, MergeField], ...]
) -> tuple[Template, Template, Template, Landings]:
    """Return subject, HTML and text as trees, and where the values of the HTML land."""
    subject = parse(assembled.subject, place="subject")
    html = parse(assembled.html, place="html", is_html=True)
    text = parse(assembled.text, place="text")
    return subject, html, text, classify(html, dict(fields))


def _refuse_faults(faults: list[Fault]) -> None:
    if faults:
        first = faults[0]
        raise StaffError(
            f"The letter cannot be sent: {first.message} ({first.place}, line {first.line}: {first.excerpt})",
            field=first.place,
        )


def _person_fields(templates: tuple[Template, ...], fields: Fields) -> tuple[str, ...]:
    """Return the names of the fields that differ from recipient to recipient, in order of appearance."""
    names: dict[str, None] = {}
    for template in templates:
        for tag in template.tags:
            name = tag.test.field if tag.test else tag.field
            if not name or name == OPT_OUT_LINK.name:
                continue
            if name not in fields:
                raise StaffError(
                    f"The letter cannot be sent: there is no field “{name}”.", field=template.place
                )
            if not fields[name].is_constant:
                names[name] = None
    return tuple(names)


def _ended(program: Program) -> Program:
    """See that a part ends with a line end, as the last line of a MIME part should."""
    last = program[-1] if program else ""
    if not isinstance(last, str):
        return (*program, "\n")
    return program if last.endswith("\n") else (*program[:-1], f"{last}\n")


_FindLanding = Callable[[int], Landing]  # from the number of a value's tag


class _Compiler:
    """Turns trees into programs that share their slots."""

    def __init__(self, fields: Fields, constants: Mapping[str, str | None], order: tuple[str, ...]) -> None:
        self._fields = fields
        self._constants = {name: clean_value(value) for name, value in constants.items()}
        self._index = {name: index for index, name in enumerate((*order, OPT_OUT_LINK.name))}
        self._slots: dict[Slot, int] = {}
        self.unguarded: dict[str, None] = {}

    @property
    def slots(self) -> list[Slot]:
        return list(self._slots)

    def program(self, nodes: Nodes, landing: _FindLanding, guarded: frozenset[str] = frozenset()) -> Program:
        steps: list[str | int | Fork] = []
        for node in nodes:
            if isinstance(node, str):
                more: Program = (node,)
            elif isinstance(node, Value):
                more = (self._value(node, landing(node.number), guarded),)
            else:
                more = self._choice(node, landing, guarded)
            for step in more:
                if isinstance(step, str) and steps and isinstance(steps[-1], str):
                    steps[-1] += step
                elif step != "":
                    steps.append(step)
        return tuple(steps)

    def _value(self, node: Value, landing: Landing, guarded: frozenset[str]) -> str | int:
        name = node.tag.field
        default = clean_value(node.tag.default)
        is_constant = name not in self._index
        value = self._constants.get(name, "")
        if not default and not (is_constant and value) and name not in guarded and name != OPT_OUT_LINK.name:
            self.unguarded[name] = None
        if is_constant:
            return Slot(-1, landing, default).write(value)
        return self._slots.setdefault(Slot(self._index[name], landing, default), len(self._slots))

    def _choice(self, choice: Choice, landing: _FindLanding, guarded: frozenset[str]) -> Program:
        """Compile a condition; one about a constant is decided here."""
        branches: list[tuple[Asked | None, Program]] = []
        for question, nodes in choice.branches:
            known = guarded | {question.field} if _guards(question) and question else guarded
            asked = self._asked(question)
            if isinstance(asked, Asked):
                branches.append((asked, self.program(nodes, landing, known)))
            elif asked:  # always holds: nothing after it is ever reached
                last = self.program(nodes, landing, known)
                if not branches:
                    return last
                branches.append((None, last))
                break
        return (Fork(tuple(branches)),) if branches else ()

    def _asked(self, question: Question | None) -> Asked | bool:
        """Return a question for each recipient, or the answer where it is the same for all."""
        if question is None:
            return True
        text = None if question.text is None else clean_value(question.text)
        if question.field in self._index:
            return Asked(self._index[question.field], text, question.is_negated)
        return Asked(0, text, question.is_negated).holds([self._constants.get(question.field, "")])


def _guards(question: Question | None) -> bool:
    """Whether a branch is only read by those who have a value for the field asked about."""
    if question is None:
        return False
    return question.is_negated if question.text == "" else not question.is_negated
