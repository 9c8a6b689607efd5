"""What a kind of evidence is: rows that tell whether an uncertain letter arrived, one file each in the catalog."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    TableValuedAlias,
    cast,
    column,
    func,
)

from webapp.core.registry import Shelf
from webapp.mail.domain.evidence import Evidence
from webapp.mail.domain.report_log import Key


@dataclass(frozen=True, slots=True)
class DoubtfulLetter:
    """An uncertain letter about which nobody has decided.

    Args:
        shoot_id, seq: which.
        person_id, name, address: to whom.
        detail: what happened.
        handed_at: when it was handed over.
        settled_at: since when it is uncertain.
        programme_id, event_id, cause, kind: of its shoot.
    """

    shoot_id: int
    seq: int
    person_id: int
    name: str | None
    address: str | None
    detail: str | None
    handed_at: datetime
    settled_at: datetime | None
    programme_id: int | None
    event_id: int | None
    cause: str | None
    kind: str

    @property
    def key(self) -> Key:
        """Return its place in the log."""
        return Key(self.shoot_id, self.seq)


BATCH = 5000  # letters that are looked at by one round of statements

Found = Iterable[tuple[Key, Evidence]]


class EvidenceKind(ABC):
    """A kind of evidence; ``is_hint`` says that it never tells about the letter itself."""

    name: ClassVar[str]
    is_hint: ClassVar[bool] = False

    @abstractmethod
    def find(self, letters: Sequence[DoubtfulLetter]) -> Found:
        """Return what there is about these letters, in as many statements however many they are.

        Args:
            letters: at least one, all within the scope of whoever asks.
        """


EVIDENCE: Shelf[EvidenceKind] = Shelf("kind of evidence")


def register_evidence(kind: type[EvidenceKind]) -> type[EvidenceKind]:
    """Decorate a kind's class to put one of it on the shelf.

    Raises:
        ValueError: the name is taken.
    """
    EVIDENCE.put(kind.name, kind())
    return kind


def find_evidence(letters: Sequence[DoubtfulLetter], *, has_hints: bool = True) -> dict[Key, list[Evidence]]:
    """Return what is known about letters, by letter, the earliest first; one asks as many statements as a thousand.

    Args:
        letters: which.
        has_hints: look for hints, too, which weigh nothing.
    """
    known: dict[Key, list[Evidence]] = {letter.key: [] for letter in letters}
    for start in range(0, len(letters), BATCH):
        for kind in (kind for _, kind in EVIDENCE.items() if has_hints or not kind.is_hint):
            for key, evidence in kind.find(letters[start : start + BATCH]):
                known[key].append(evidence)
    for found in known.values():
        found.sort(key=lambda one: (one.at is None, one.at.timestamp() if one.at else 0.0))
    return known


def frame_of(letters: Sequence[DoubtfulLetter]) -> TableValuedAlias:
    """Return letters as rows to join with: shoot_id, seq, person_id, programme_id, event_id, handed_at."""
    return (
        func.unnest(
            cast([one.shoot_id for one in letters], ARRAY(BigInteger)),
            cast([one.seq for one in letters], ARRAY(Integer)),
            cast([one.person_id for one in letters], ARRAY(BigInteger)),
            cast([one.programme_id for one in letters], ARRAY(BigInteger)),
            cast([one.event_id for one in letters], ARRAY(BigInteger)),
            cast([one.handed_at for one in letters], ARRAY(DateTime(timezone=True))),
        )
        .table_valued(
            column("shoot_id", BigInteger),
            column("seq", Integer),
            column("person_id", BigInteger),
            column("programme_id", BigInteger),
            column("event_id", BigInteger),
            column("handed_at", DateTime(timezone=True)),
        )
        .render_derived(name="doubtful")
    )
