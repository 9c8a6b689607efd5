"""DKIM: what we sign, somebody else's verifier accepts; a changed byte it does not; and a copy has the same bytes."""

import re
from datetime import UTC, datetime, timedelta

import dkim
import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mail.made_letters import MadeLetter, letters, thorough
from tests.unit.mail.test_mime import PLAIN, build, builder
from tests.unit.mail.test_parse_back import assert_sound, read_with_rust
from webapp.core.errors import OperatorError
from webapp.mail.domain.dkim import (
    DkimKey,
    DkimKeyring,
    DkimSigner,
    canonical_parts,
    relaxed_body,
)
from webapp.mail.domain.dkim_keys import dns_record, make_ed25519_key, make_rsa_key

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PEMS = {"rsa": make_rsa_key(), "ed25519": make_ed25519_key()}
KEYS = {name: DkimKey("example.org", name, pem, NOON) for name, pem in PEMS.items()}
SIGNERS = {name: DkimSigner(key) for name, key in KEYS.items()}
RECORDS = {f"{name}._domainkey.example.org.".encode(): dns_record(pem).encode() for name, pem in PEMS.items()}


def is_accepted(signed: bytes) -> bool:
    """Whether dkimpy accepts a letter's signature, with the records that we would have published."""
    return bool(dkim.verify(signed, dnsfunc=lambda name, timeout=5: RECORDS[name]))


@given(letters(most_files=1), st.sampled_from(sorted(SIGNERS)), st.data())
@thorough(25)
def test_a_signed_letter_is_accepted_and_a_changed_one_is_not(
    made: MadeLetter, name: str, data: st.DataObject
) -> None:
    signed = SIGNERS[name].sign(made.raw, made.date)
    assert signed.endswith(made.raw)
    assert_sound(signed)
    assert read_with_rust(signed) == read_with_rust(made.raw)
    assert is_accepted(signed)
    assert SIGNERS[name].sign(made.raw, made.date) == signed
    # White space is what the canonical form forgives, so a visible character is changed, anywhere.
    places = [found.start() for found in re.finditer(rb"[A-Za-z0-9]", made.raw)]
    place = data.draw(st.sampled_from(places)) + len(signed) - len(made.raw)
    changed = signed[:place] + (b"!" if signed[place : place + 1] != b"!" else b"?") + signed[place + 1 :]
    assert not is_accepted_or_broken(changed)


def is_accepted_or_broken(letter: bytes) -> bool:
    """Whether a letter is accepted; one that is no letter any more is not."""
    try:
        return is_accepted(letter)
    except dkim.DKIMException:
        return False


@given(
    st.lists(st.sampled_from([b" ", b"  ", b"\t", b"\r\n", b"a", b"=20", b".", b" \r\n\r\n"]), max_size=12)
)
@thorough(60)
def test_the_quick_canonical_form_of_a_body_is_the_one_of_the_rfc(pieces: list[bytes]) -> None:
    body = b"".join(pieces)
    collapsed = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while collapsed and not collapsed[-1]:
        collapsed.pop()
    assert relaxed_body(body) == b"".join(line + b"\r\n" for line in collapsed)


@given(letters(most_files=1))
@thorough(15)
def test_letters_have_the_canonical_form_that_others_find(made: MadeLetter) -> None:
    names, fields, body = canonical_parts(made.raw)
    headers, rest = dkim.rfc822_parse(made.raw)
    theirs = [(key, value) for key, value in Relaxed.canonicalize_headers(headers) if key in names]
    assert fields == b"".join(b"%s:%s" % pair for pair in theirs)
    assert body == Relaxed.canonicalize_body(rest)


def test_every_header_that_must_be_is_signed_and_from_once_more() -> None:
    signed = SIGNERS["rsa"].sign(build(builder(PLAIN), ["Ann", "Ann", None]), NOON)
    signature = re.sub(r"\s", "", signed.partition(b"\r\nFrom:")[0].decode())
    tags = dict(tag.split("=", 1) for tag in signature.removeprefix("DKIM-Signature:").split(";"))
    wanted = "from:reply-to:to:subject:date:message-id:list-unsubscribe:list-unsubscribe-post"
    assert tags["h"] == f"{wanted}:mime-version:list-id:content-type:from"
    assert (tags["v"], tags["a"], tags["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (tags["d"], tags["s"], tags["t"]) == ("example.org", "rsa", str(int(NOON.timestamp())))
    assert is_accepted(signed)
    assert not is_accepted(b"From: boss@example.org\r\n" + signed)  # a second From, on top
    with pytest.raises(ValueError, match="twice"):
        SIGNERS["rsa"].sign(b"From: boss@example.org\r\n" + signed, NOON)


def test_each_letter_gets_the_key_that_was_in_force_when_it_was_handed_over() -> None:
    letter = build(builder(PLAIN), ["Ann", "Ann", None])
    change, end = NOON + timedelta(days=1), NOON + timedelta(days=2)
    opened: list[str] = []

    def unseal(sealed: str) -> str:
        opened.append(sealed)
        return PEMS[sealed]

    keyring = DkimKeyring(
        [
            DkimKey("example.org", "rsa", "rsa", NOON, change),
            DkimKey("example.org", "ed25519", "ed25519", change, end),
        ],
        unseal,
        now=change,
    )
    assert opened == ["ed25519"], "retired keys are left alone until a letter of theirs is asked for"
    moment = timedelta(microseconds=1)
    assert keyring.sign(letter, NOON - moment) == letter
    assert keyring.sign(letter, NOON) == SIGNERS["rsa"].sign(letter, NOON)
    assert b" s=rsa;" in keyring.sign(letter, change - moment)
    assert b" s=ed25519;" in keyring.sign(letter, change)
    assert keyring.sign(letter, end) == letter


def test_a_key_is_not_shown_by_mistake_and_must_be_one() -> None:
    assert "PRIVATE" not in repr(KEYS["rsa"])
    assert dns_record(PEMS["rsa"]).startswith("v=DKIM1; k=rsa; p=MII")
    with pytest.raises(OperatorError, match="cannot be read"):
        DkimSigner(DkimKey("example.org", "x", "no key", NOON))
