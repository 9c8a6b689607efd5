"""A state machine as a table: which state may follow which, and who causes the odd ones."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

State = TypeVar("State", bound=StrEnum)


class Machine(Generic[State]):
    """The moves that a kind of row may make.

    Args:
        name: what the rows are, in the singular, for messages ("shoot").
        moves: for each state the states that may follow it.
    """

    def __init__(self, name: str, moves: Mapping[State, frozenset[State]]) -> None:
        self.name = name
        self.moves = moves

    def allows(self, before: State, after: State) -> bool:
        """Say whether a row in ``before`` may become ``after``."""
        return after in self.moves.get(before, frozenset())

    def sources_of(self, after: State) -> tuple[State, ...]:
        """Return the states from which a row may become ``after``, in the table's order."""
        return tuple(before for before, targets in self.moves.items() if after in targets)

    def is_final(self, state: State) -> bool:
        """Say whether nothing may follow this state."""
        return not self.moves.get(state)
