"""Which part an address plays."""

import pytest

from webapp.demo.sink_outcomes import ACCEPT, PARTS, Moment, part_of


@pytest.mark.parametrize("word", list(PARTS))
@pytest.mark.parametrize("form", ["{}@example.org", "{}+ada@example.org", "{}+a+b@example.org"])
def test_the_word_before_plus_or_at_decides(word: str, form: str) -> None:
    assert part_of(form.format(word)) is PARTS[word]
    assert part_of(form.format(word).upper()) is PARTS[word]


@pytest.mark.parametrize(
    "address",
    ["ada@bounce.org", "bouncer@example.org", "ada+bounce@example.org", "soft.landing@x.org", "@", ""],
)
def test_every_other_address_is_accepted(address: str) -> None:
    assert part_of(address) is ACCEPT


def test_each_part_either_answers_or_hangs_up() -> None:
    for part in PARTS.values():
        assert part.reply or part.hangs_up, part.word
        if part.reply:
            code, enhanced, _ = part.reply.split(" ", 2)
            assert code[0] == enhanced[0] or code == "421", part.reply
        if part.is_kept:
            assert part.moment is Moment.DOT, "a letter that was never read cannot be kept"
