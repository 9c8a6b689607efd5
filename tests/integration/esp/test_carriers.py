"""Opening a carrier by URL, and the carriers without a server: memory, console, file."""

import email
import io
from pathlib import Path

import pytest

from tests.doubles.feed import parcel
from tests.integration.esp.carrying import carry_all
from webapp.core.errors import OperatorError
from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.esp.base import open_carrier
from webapp.mail.esp.console import ConsoleCarrier
from webapp.mail.esp.file import FileCarrier
from webapp.mail.esp.memory import MemoryCarrier
from webapp.mail.esp.smtp import SmtpCarrier
from webapp.mail.esp.smtp_url import StartTls, read_smtp_url


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("smtp://localhost", SmtpCarrier),
        ("SMTP://localhost", SmtpCarrier),
        ("smtps://localhost", SmtpCarrier),
        ("memory:", MemoryCarrier),
        ("console:", ConsoleCarrier),
        ("file:///var/letters", FileCarrier),
    ],
)
def test_a_carrier_is_opened_by_its_scheme(url: str, kind: type) -> None:
    assert type(open_carrier(url)) is kind


def test_an_unknown_scheme_names_those_there_are() -> None:
    with pytest.raises(OperatorError, match="console, file, memory, smtp, smtps") as caught:
        open_carrier("pigeon://coop")
    assert caught.value.field == "SMTP_URL"


def test_what_a_url_leaves_out() -> None:
    plain = read_smtp_url("smtp://mail.example.org")
    assert (plain.port, plain.starttls, plain.connections, plain.letters_per_connection) == (
        25,
        StartTls.IF_OFFERED,
        8,
        1000,
    )
    assert plain.patience.dot == 120.0
    signed = read_smtp_url("smtp://user:pw@mail.example.org")
    assert (signed.port, signed.starttls) == (587, StartTls.REQUIRED)
    assert read_smtp_url("smtp://user:pw@127.0.0.1").starttls is StartTls.IF_OFFERED
    assert read_smtp_url("smtps://mail.example.org").port == 465


def test_what_a_url_says() -> None:
    settings = read_smtp_url(
        "smtp://us%40er:p%2Fw@[::1]:2525?starttls=never&connections=64&letters_per_connection=5"
        "&pipelining=no&helo=we.example.org&dot_seconds=300.5"
    )
    assert (settings.host, settings.port, settings.user, settings.password) == ("::1", 2525, "us@er", "p/w")
    assert (settings.starttls, settings.connections, settings.letters_per_connection) == (
        StartTls.NEVER,
        64,
        5,
    )
    assert (settings.is_pipelining, settings.helo, settings.patience.dot) == (False, "we.example.org", 300.5)
    assert settings.is_loopback


def test_every_fault_of_a_url_is_named_at_once_and_never_the_password() -> None:
    with pytest.raises(OperatorError) as caught:
        read_smtp_url(
            "smtp://user:hush-hush@:99999/x?connections=0&starttls=maybe&colour=red&ca_file=/nowhere&helo=a%0d"
        )
    for words in (
        "host is missing",
        "port",
        "options",
        "connections",
        "starttls",
        "colour",
        "ca_file",
        "helo",
    ):
        assert words in caught.value.message
    assert "hush-hush" not in caught.value.message


@pytest.mark.parametrize(
    "url", ["smtp://user@host", "smtp://:pw@host", "smtp://host:0", "smtp://[::1", "smtp:", "smtp://h?x"]
)
def test_half_a_url(url: str) -> None:
    with pytest.raises(OperatorError):
        read_smtp_url(url)


def test_the_password_is_in_no_repr() -> None:
    assert "hush-hush" not in repr(read_smtp_url("smtps://user:hush-hush@host"))


def test_memory_keeps_letters_and_answers_as_told() -> None:
    def answer(letter: Parcel) -> Outcome:
        return Outcome(letter.seq, Verdict.SENT if letter.seq == 1 else Verdict.TRY_LATER)

    carrier = MemoryCarrier(answer)
    outcomes = carry_all(carrier, [parcel(1), parcel(2)])
    assert outcomes.verdicts() == {1: Verdict.SENT, 2: Verdict.TRY_LATER}
    assert carrier.letters == [parcel(1), parcel(2)]


def test_console_prints_letters_without_harming_the_terminal() -> None:
    stream = io.StringIO()
    outcomes = carry_all(
        ConsoleCarrier(stream), [parcel(1, content=b"Subject: x\r\n\r\n\x1b[2Jgone \xc3\xbc")]
    )
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert "person1@example.org" in stream.getvalue()
    assert "\\x1b[2Jgone ü" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_file_writes_one_whole_file_for_each_letter(tmp_path: Path) -> None:
    folder = tmp_path / "new folder"
    for _ in range(2):
        outcomes = carry_all(f"file://{str(folder).replace(' ', '%20')}", [parcel(1), parcel(2)])
        assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    files = sorted(folder.iterdir())
    assert [path.suffix for path in files] == [".eml"] * 4
    assert email.message_from_bytes(files[0].read_bytes())["Subject"] == "letter 1"


def test_a_folder_that_cannot_be_written_is_the_operators(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    outcomes = carry_all(f"file://{tmp_path}/file", [parcel(1)])
    assert outcomes.verdicts() == {1: Verdict.CARRIER_DOWN}


def test_a_file_carrier_needs_an_absolute_folder() -> None:
    with pytest.raises(OperatorError, match="absolute"):
        open_carrier("file:letters")
