"""Secrets at rest: sealed differently each time, opened by old keys, and by nothing else."""

import pytest

from webapp.core.errors import OperatorError
from webapp.core.vault import Vault

OLD, NEW, OTHER = ("old-" * 10, "new-" * 10, "other-" * 10)


def test_what_is_sealed_is_opened_and_cannot_be_read() -> None:
    vault = Vault([NEW])
    sealed = vault.seal("pässword-us6")
    assert vault.open(sealed) == "pässword-us6"
    assert "ssword" not in sealed
    assert sealed != vault.seal("pässword-us6")


def test_an_earlier_key_still_opens_and_the_current_one_seals() -> None:
    sealed = Vault([OLD]).seal("key")
    assert Vault([NEW, OLD]).open(sealed) == "key"
    assert Vault([NEW]).open(Vault([NEW, OLD]).seal("key")) == "key"


@pytest.mark.parametrize(
    "sealed",
    [Vault([OTHER]).seal("key"), "nonsense", "é", Vault([NEW]).seal("key")[:-4]],
    ids=["another key", "no seal", "no ASCII", "cut off"],  # what is sealed differs in every process
)
def test_what_no_key_opens_is_for_whoever_runs_postroom(sealed: str) -> None:
    with pytest.raises(OperatorError, match="SECRET_KEY_OLD"):
        Vault([NEW, OLD]).open(sealed)


def test_nothing_stays_nothing() -> None:
    assert Vault([NEW]).seal("") == ""
    assert Vault([NEW]).open("") == ""
