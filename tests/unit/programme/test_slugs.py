"""Short addresses: proposed where the name is Latin, refused with a sentence where they are not ASCII."""

import pytest

from webapp.core.errors import StaffError
from webapp.programme.domain.slugs import check_slug, propose_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Kraków #3", "krakow-3"),
        ("Łódź", "lodz"),
        ("São Paulo", "sao-paulo"),
        ("Reykjavík & Þórshöfn", "reykjavik-thorshofn"),
        ("Straße des 17. Juni", "strasse-des-17-juni"),
        ("İstanbul Işık", "istanbul-isik"),
        ("O’Neill's D'Arcy", "oneills-darcy"),
        ("Nguyễn Thị", "nguyen-thi"),
        ("台北", ""),
        ("Taipei 台北", ""),  # half a name would be the wrong one
        ("القاهرة", ""),
        ("Ελλάδα", ""),
        ("!!! 🌻", ""),
        ("", ""),
    ],
)
def test_a_proposal_is_the_whole_name_or_nothing(name: str, slug: str) -> None:
    assert propose_slug(name) == slug


def test_a_proposal_is_a_good_slug_however_long_the_name() -> None:
    proposal = propose_slug("Kraków " * 40)
    assert check_slug(proposal) == proposal


@pytest.mark.parametrize("text", ["krakow-3", " Krakow-3 ", "2027", "a\n"])
def test_good_ones_pass(text: str) -> None:
    assert check_slug(text) == text.strip().lower()


@pytest.mark.parametrize(
    "text", ["", "kraków", "a b", "a--b", "-a", "a-", "a/b", "a_b", "台北", "a" * 61, "a\x00b", "\u202ea"]
)
def test_bad_ones_are_refused_at_the_field(text: str) -> None:
    with pytest.raises(StaffError) as refused:
        check_slug(text)
    assert refused.value.field == "slug"


def test_the_refusal_proposes_what_would_do() -> None:
    with pytest.raises(StaffError, match="for example krakow"):
        check_slug("Kraków")
    with pytest.raises(StaffError, match="for example lodz"):
        check_slug("", "Łódź")
    with pytest.raises(StaffError, match=r"Latin letters\.$"):
        check_slug("", "台北")
