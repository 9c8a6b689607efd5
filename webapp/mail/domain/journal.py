"""What a worker's journal says of the letters in its hands, and what follows for them when the worker is gone."""

from dataclasses import dataclass

MARKED = 0  # nothing of it has left that would make the other side take it
HANDED = 1  # its final dot is on the way, or the request that carries it
ACCEPTED = 2
REFUSED = 3  # the other side said no, or never had it whole


@dataclass(frozen=True, slots=True)
class LeftPage:
    """The page of one chunk in the journal of a worker that is gone.

    Args:
        owner: under which name the chunk was held.
        shoot_id: the shoot.
        chunk: number of the chunk in it.
        lease_number: of the lease under which the marks were made.
        marks: one byte for each letter of the chunk, in the order of their numbers.
    """

    owner: str
    shoot_id: int
    chunk: int
    lease_number: int
    marks: bytes

    def seqs(self, mark: int) -> list[int]:
        """Return the numbers of the letters that bear a mark."""
        first = self.chunk * len(self.marks)
        return [first + place for place, found in enumerate(self.marks) if found == mark]
