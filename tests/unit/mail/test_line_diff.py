"""Two texts side by side: what is gone, what is new, and only a little around it."""

from webapp.mail.domain.line_diff import compare_lines, compare_places


def shown(before: str, after: str) -> list[tuple[str, str, str]]:
    return [(line.kind, line.before, line.after) for line in compare_lines(before, after)]


def test_lines_are_told_apart() -> None:
    assert shown("a\nb\nc", "a\nB\nc\nd") == [
        ("same", "a", "a"),
        ("changed", "b", "B"),
        ("same", "c", "c"),
        ("added", "", "d"),
    ]
    assert shown("a\nb", "a") == [("same", "a", "a"), ("removed", "b", "")]


def test_what_is_the_same_far_from_a_change_is_left_out() -> None:
    middle = "\n".join(str(number) for number in range(20))
    kinds = [kind for kind, _, _ in shown(f"x\n{middle}\ny", f"X\n{middle}\nY")]
    assert kinds == ["changed", *["same"] * 3, "gap", *["same"] * 3, "changed"]


def test_only_places_that_differ_are_compared() -> None:
    before, after = {"Subject": "a", "Letter": "x"}, {"Subject": "a", "Letter": "y", "Action": "z"}
    assert [place.label for place in compare_places(before, after)] == ["Letter", "Action"]
    assert compare_places(before, dict(before)) == []
