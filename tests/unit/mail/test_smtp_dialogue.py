"""The conversation about letters: taking the four usual replies at once is the same as one by one."""

import pytest

from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.esp.smtp_dialogue import WHOLE_WRITE_BYTES, Dialogue, Step
from webapp.mail.esp.smtp_envelope import Offers

SMALL, LARGE = b"Subject: x\r\n\r\nx\r\n", b"Subject: x\r\n\r\n" + b"x\r\n" * WHOLE_WRITE_BYTES
ONE_BY_ONE = ((250, b"2.0.0 taken"), (250, b"sender"), (250, b"recipient"), (354, b"go"))


class Talk:
    """A dialogue with everything that it did."""

    def __init__(self, contents: list[bytes], *, letters: int = 100) -> None:
        parcels = [Parcel(n, "a@example.org", f"p{n}@example.org", body) for n, body in enumerate(contents)]
        self.outcomes: list[Outcome] = []
        self.handed: list[int] = []
        self.dialogue = Dialogue(
            Offers(is_pipelining=True),
            lambda: parcels.pop(0) if parcels else None,
            self.outcomes.append,
            letters,
            self.handed.append,
        )
        self.written = [self.dialogue.begin()]
        for code in (250, 250, 354):  # from here on a dot and an envelope await their replies
            self.hear(code, b"")

    def hear(self, code: int, text: bytes) -> None:
        self.note(self.dialogue.receive(code, text))

    def note(self, written: bytes) -> None:
        self.written += [written, self.dialogue.release()]

    def seen(self) -> tuple[bytes, list[Outcome], list[int], Step | None, bool]:
        dialogue = self.dialogue
        return b"".join(self.written), self.outcomes, self.handed, dialogue.awaits, dialogue.is_in_stride


@pytest.mark.parametrize("letters", [2, 3, 100], ids=lambda count: f"at_most_{count}")
@pytest.mark.parametrize("last", [[], [SMALL], [LARGE], [SMALL, SMALL]], ids=["none", "one", "large", "two"])
def test_four_usual_replies_at_once_are_as_good_as_one_by_one(last: list[bytes], letters: int) -> None:
    at_once, singly = (Talk([SMALL, SMALL, *last], letters=letters) for _ in range(2))
    assert at_once.dialogue.is_in_stride

    at_once.note(at_once.dialogue.stride(b"2.0.0 taken"))
    for code, text in ONE_BY_ONE:
        singly.hear(code, text)

    assert at_once.seen() == singly.seen()
    assert at_once.outcomes == [Outcome(0, Verdict.SENT, 250, "2.0.0 taken")]
    assert at_once.handed == [0, 1]


def test_out_of_stride_where_anything_is_not_as_usual() -> None:
    alone = Talk([SMALL])
    assert not alone.dialogue.is_in_stride, "no envelope is on its way"
    refused = Talk([SMALL, SMALL])
    refused.hear(250, b"")
    refused.hear(550, b"not you")
    assert not refused.dialogue.is_in_stride
    reset = Talk([SMALL, SMALL, SMALL])
    for code, text in ((250, b""), (550, b"not you"), (503, b"no sender"), (503, b"no recipient")):
        reset.hear(code, text)
    assert not reset.dialogue.is_in_stride, "an envelope behind a refusal begins with RSET"
    leaving = Talk([SMALL, SMALL])
    leaving.hear(421, b"closing")
    assert not leaving.dialogue.is_in_stride


def test_what_is_abandoned_in_stride_is_uncertain_and_given_back() -> None:
    talk = Talk([SMALL, SMALL, SMALL])
    talk.dialogue.stride(b"taken")

    returned = talk.dialogue.abandon("The mail server hung up")

    assert returned is not None
    assert returned.seq == 2
    assert [outcome.verdict for outcome in talk.outcomes] == [Verdict.SENT, Verdict.UNCERTAIN]
