"""Look at an announcement before it is made: who, how many, who is left out and why, and every letter of it."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from webapp.core.errors import ForbiddenError, NotFoundError, StaffError
from webapp.core.transaction import transaction
from webapp.mail.actions.outbox import Addressee, Errand, post_letters
from webapp.mail.domain.letter_roles import LETTER_ROLES
from webapp.mail.domain.letter_texts import LetterText, check_letter_text
from webapp.mail.queries.layouts import get_layout
from webapp.mail.queries.letter_texts import has_letter_text
from webapp.people.domain.scope import Scope
from webapp.people.models.user import User
from webapp.programme.domain.application_states import Decision
from webapp.programme.domain.wave import ROLES, Untold
from webapp.programme.models.programme import Event
from webapp.programme.queries.events import get_event
from webapp.programme.queries.wave import find_untold
from webapp.programme.queries.wave_letters import Telling, find_words, look_at_letter, open_telling


@dataclass(frozen=True, slots=True)
class WaveReview:
    """What announcing now would do.

    Args:
        event: whose applicants.
        telling: what their letters have in common.
        lines: who would be told.
        skipped: who cannot be, each with the reason.
        excluded: who is left for another time.
        missing: roles of letters for which there are no words; nothing can be announced before.
    """

    event: Event
    telling: Telling
    lines: tuple[Untold, ...]
    skipped: tuple[Untold, ...]
    excluded: tuple[Untold, ...]
    missing: tuple[str, ...]

    @property
    def counts(self) -> dict[Decision, int]:
        """Return how many would be told what."""
        return dict(Counter(one.decision for one in self.lines))

    @property
    def samples(self) -> list[Untold]:
        """Return the first real person of each decision and language."""
        found: dict[tuple[Decision, str], Untold] = {}
        for one in self.lines:
            found.setdefault((one.decision, one.locale), one)
        return list(found.values())


def review_wave(
    *, scope: Scope, event_id: int, now: datetime, excluded: Collection[int] = (), is_held: bool = False
) -> WaveReview:
    """Say what announcing now would do.

    Args:
        scope: who asks.
        event_id: whose applicants.
        now: when they would be told.
        excluded: applications that are left for another time.
        is_held: keep the applications until the transaction ends.

    Raises:
        NotFoundError: the event is not for this member of staff.
    """
    event = get_event(scope, event_id)
    untold = find_untold(event, is_held=is_held)
    wanted = [one for one in untold if one.id not in excluded]
    return WaveReview(
        event=event,
        telling=open_telling(event, now),
        lines=tuple(one for one in wanted if one.reason is None),
        skipped=tuple(one for one in wanted if one.reason is not None),
        excluded=tuple(one for one in untold if one.id in excluded),
        missing=tuple(
            role
            for decision, role in ROLES.items()
            if any(one.decision == decision for one in wanted)
            and not has_letter_text(role, event.programme_id, event.id)
        ),
    )


def edit_words(
    *, review: WaveReview, application_id: int, subject: str, main: str, now: datetime
) -> LetterText:
    """Return somebody's words with another subject and main part, once they make a letter.

    Raises:
        NotFoundError: nobody like that is to be told.
        StaffError: the words cannot be used; the message says where and why.
    """
    one = find_line(review, application_id)
    known = find_words(review.event, one)
    text = LetterText(
        subject=subject.strip(),
        reason=known.reason,
        slots={**known.slots, "main": main},
        preheader=known.preheader,
        layout=known.layout,
        locale=known.locale,
    )
    faults = check_letter_text(text, LETTER_ROLES.get(one.role), get_layout(text.layout))
    if faults:
        first = faults[0]
        place = "subject" if first.place == "subject" else "main"
        raise StaffError(f"Line {first.line}: {first.message}", field=place)
    look_at_letter(review.telling, one, text)
    return text


def find_line(review: WaveReview, application_id: int) -> Untold:
    """Return somebody who would be told.

    Raises:
        NotFoundError: nobody like that would be.
    """
    for one in review.lines:
        if one.id == application_id:
            return one
    raise NotFoundError("They are not among those who would be told now.")


def try_on_oneself(
    *, scope: Scope, event_id: int, application_id: int, now: datetime, words: LetterText | None = None
) -> int:
    """Send somebody's letter to the person at the screen, as that somebody would get it.

    Returns:
        The shoot.

    Raises:
        NotFoundError: nobody like that is to be told.
        StaffError: the person at the screen has no address, or there is no sender.
    """
    review = review_wave(scope=scope, event_id=event_id, now=now)
    one = find_line(review, application_id)
    with transaction() as session:
        user = session.get(User, scope.user_id or 0)
        if user is None:
            raise ForbiddenError("Only somebody with an account can try a letter.")
        values = review.telling.values(one) | {"person.name": one.name}
        # The links in it are the applicant's own; in a trial they must not answer for them.
        values |= {name: "https://example.org/" for name in values if name.endswith("link")}
        posted = post_letters(
            errand_of(review, one.decision, scope.user_id),
            [
                Addressee(
                    person_id=user.person_id,
                    dedupe_key=f"test:{one.role}:{one.id}:{uuid4().hex}",
                    values=values,
                    locale=one.locale or None,
                    words=words,
                )
            ],
        )
        return posted.shoot_ids[0]


def errand_of(
    review: WaveReview,
    decision: Decision,
    author_id: int | None,
    *,
    hold_until: datetime | None = None,
    batch: str | None = None,
) -> Errand:
    """Return what causes the letters of one decision."""
    return Errand(
        role=ROLES[decision],
        programme_id=review.event.programme_id,
        event_id=review.event.id,
        constants=review.telling.constants,
        author_id=author_id,
        locale=review.event.locale,
        hold_until=hold_until,
        batch=batch,
    )
