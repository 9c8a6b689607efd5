"""What the concerns about letters in trouble share: one letter is named, several of a shoot are counted."""

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from webapp.mail.queries.report_list import LOOK_BACK
from webapp.mail.queries.troubles import Trouble, TroubledLetter, TroubledShoot, find_troubles
from webapp.people.domain.concerns import Concern, ConcernKind, Found, Way
from webapp.people.domain.scope import Scope


class TroubledLetters(ConcernKind):
    """Letters in one kind of trouble that nobody has sent again.

    ``trouble`` says which; ``list_page`` has them all, narrowed by the filters ``in_log``; ``many`` is the sentence
    about several letters of a shoot, with their ``{count}``.
    """

    trouble: ClassVar[Trouble]
    list_page: ClassVar[str] = "log.index"
    in_log: ClassVar[Mapping[str, str]]
    many: ClassVar[str]

    @abstractmethod
    def say_one(self, subject: str, letter: TroubledLetter) -> tuple[str, str]:
        """Return the sentence about a single letter, and the word for what can be done."""

    def way_out(self, letter: TroubledLetter) -> Way:
        """Return where it can be done: as a rule on the letter's own page."""
        return way_to(letter)

    def find(self, scope: Scope, now: datetime, limit: int) -> Found:
        """Return the latest shoots with such letters."""
        found = find_troubles(scope, self.trouble, now - LOOK_BACK, limit)
        return Found(
            tuple(map(self._concern, found.shoots)), found.shoot_count, Way(self.list_page, dict(self.in_log))
        )

    def _concern(self, shoot: TroubledShoot) -> Concern:
        place = {"programme_id": shoot.programme_id, "event_id": shoot.event_id}
        letter = shoot.letter
        if letter is None:
            all_of_it = Way(self.list_page, {"shoot": shoot.shoot_id, **self.in_log})
            words = self.many.format(count=shoot.letter_count)
            return Concern(shoot.subject, words, "See which", all_of_it, since=shoot.created_at, **place)
        words, action = self.say_one(shoot.subject, letter)
        reader = letter.name or letter.address or f"Person {letter.person_id}"
        return Concern(reader, words, action, self.way_out(letter), since=letter.settled_at, **place)


def way_to(letter: TroubledLetter) -> Way:
    """Return the way to a letter's page."""
    return Way("log.show", {"shoot_id": letter.shoot_id, "seq": letter.seq})
