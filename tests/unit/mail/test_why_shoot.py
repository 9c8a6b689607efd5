"""“Why did(n't) they get it?”: whatever is known comes out as plain sentences, and never as a yes that is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.mail.domain.states import EmailState, FailReason, ShootKind, ShootState, SkipReason
from webapp.mail.domain.why_shoot import Block, Case, Group, Row, Told, Wish, tell_why

NOON = datetime(2027, 3, 8, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ROW = Row(EmailState.SENT, None, None, "ana@example.org", NOON, NOON, None)
CASE = Case(
    state=ShootState.COMPLETED,
    state_reason=None,
    kind=ShootKind.BULK,
    cause="",
    scheduled_at=None,
    frozen_at=NOON,
    gate="",
    row=None,
    wishes=(),
    block=None,
    has_address=True,
    known_since=NOON - 9 * DAY,
    joined_at=NOON - 8 * DAY,
    chosen=(Group("Registered for Kraków", True),),
)
OPTED_OUT = Wish("letters of Kraków", NOON - DAY, "by the button of their mail program")
BOUNCED = Block("mail to it came back", NOON - 2 * DAY)


def day(at: datetime) -> str:
    return f"{at:%d %b}"


def tell(case: Case) -> tuple[bool | None, str]:
    told: Told = tell_why(case, day)
    assert all(sentence.endswith((".", "”")) for sentence in told.sentences), told
    return told.did_get, " ".join(told.sentences)


def with_row(state: EmailState, **values: object) -> Case:
    return replace(CASE, row=replace(ROW, state=state, **values))


@pytest.mark.parametrize(
    ("case", "did_get", "said"),
    [
        (
            with_row(EmailState.SENT),
            True,
            "They got it on 08 Mar: the mail server took it for ana@example.org.",
        ),
        (
            replace(with_row(EmailState.SKIPPED, reason=SkipReason.OPTED_OUT), wishes=(OPTED_OUT,)),
            False,
            "They opted out of letters of Kraków on 07 Mar by the button of their mail program.",
        ),
        (with_row(EmailState.SKIPPED, reason=SkipReason.OPTED_OUT), False, "they have taken that back since"),
        (
            replace(with_row(EmailState.SKIPPED, reason=SkipReason.SUPPRESSED), block=BOUNCED),
            False,
            "Their address is suppressed since 06 Mar: mail to it came back.",
        ),
        (with_row(EmailState.SKIPPED, reason=SkipReason.SUPPRESSED), False, "it no longer is"),
        (with_row(EmailState.SKIPPED, reason=SkipReason.NO_ADDRESS), False, "They have one by now."),
        (
            with_row(EmailState.FAILED, reason=FailReason.ADDRESS, detail="550 5.1.1 no such user"),
            False,
            "It failed on 08 Mar: their mail server refused it for good. The mailbox does not exist."
            " Their server said: “550 5.1.1 no such user”",
        ),
        (with_row(EmailState.FAILED, reason=FailReason.POISON, detail="secret"), False, "name or details"),
        (with_row(EmailState.UNCERTAIN), None, "Nobody can know"),
        (
            replace(with_row(EmailState.CANCELLED), state_reason="The decision was undone."),
            False,
            "It was taken back on 08 Mar, before it left. The decision was undone.",
        ),
        (with_row(EmailState.DEFERRED, next_at=NOON + DAY), None, "It is tried again at 09 Mar."),
        (
            replace(
                with_row(EmailState.PENDING), state=ShootState.HELD, scheduled_at=NOON, gate="it is ready"
            ),
            None,
            "It is held until 08 Mar and until it is ready.",
        ),
        (replace(with_row(EmailState.PENDING), state=ShootState.PAUSED), None, "paused"),
        (with_row(EmailState.SENDING), None, "right now"),
    ],
)
def test_a_letter_of_theirs_says_what_became_of_it(case: Case, did_get: bool | None, said: str) -> None:
    answer, words = tell(case)
    assert answer is did_get
    assert said in words


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (replace(CASE, known_since=NOON + DAY), "they are known only since 09 Mar"),
        (
            replace(CASE, joined_at=NOON + DAY),
            "They joined on 09 Mar, after its audience was written down on 08 Mar.",
        ),
        (
            replace(CASE, chosen=(Group("Accepted", False),), standing=("Decided: rejected.",)),
            "They were not in its audience. It went to “Accepted”; they do not belong there. Decided: rejected.",
        ),
        (
            replace(CASE, left_out=(Group("Who got News", True),)),
            "left out on purpose, and they belong to it: “Who got News”",
        ),
        (CASE, "They fit its audience now, and did not when it was written down on 08 Mar."),
        (
            replace(CASE, cause="Accepted to attend"),
            "“Accepted to attend” is written for those whom its cause concerns",
        ),
        (replace(CASE, frozen_at=None, state=ShootState.CANCELLED), "it never went out"),
        (replace(CASE, frozen_at=None, state=ShootState.SKIPPED), "its audience was empty"),
    ],
)
def test_without_a_letter_it_is_said_why_they_were_not_chosen(case: Case, said: str) -> None:
    answer, words = tell(case)
    assert answer is False
    assert said in words


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "It is planned for 09 Mar. As things stand they will get it."),
        ({"wishes": (OPTED_OUT,)}, "they will be left out. They opted out of letters of Kraków"),
        ({"wishes": (OPTED_OUT,), "kind": ShootKind.ESSENTIAL}, "they will get it"),
        ({"block": BOUNCED, "kind": ShootKind.ESSENTIAL}, "Their address is suppressed since 06 Mar"),
        ({"has_address": False}, "They have no address now."),
        ({"chosen": (Group("Accepted", False),)}, "they will not get it. It went to “Accepted”"),
        ({"state": ShootState.MISSED}, "its time passed"),
    ],
)
def test_before_it_goes_out_it_is_said_how_things_stand(changes: dict[str, object], said: str) -> None:
    case = replace(CASE, state=ShootState.SCHEDULED, frozen_at=None, scheduled_at=NOON + DAY)
    answer, words = tell(replace(case, **changes))
    assert answer is None
    assert said in words


@pytest.mark.parametrize("state", list(EmailState))
@pytest.mark.parametrize("shoot_state", list(ShootState))
def test_every_state_has_an_answer_and_only_sent_is_a_yes(state: EmailState, shoot_state: ShootState) -> None:
    answer, words = tell(replace(with_row(state), state=shoot_state))
    assert words
    assert (answer is True) == (state == EmailState.SENT)
