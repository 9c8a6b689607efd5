"""The demo's mail server over real sockets."""

import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.demo.conftest import CHECKOUT, RunningSink
from tests.waiting import wait_until

LETTER = b"From: a@post.example\r\nSubject: Hello\r\n\r\nDear reader\r\n"


def send(sink: RunningSink, *recipients: str, content: bytes = LETTER) -> dict[str, tuple[int, bytes]]:
    """Send one letter with smtplib, which checks the conversation from its side."""
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        return client.sendmail("bounces@post.example", list(recipients), content)


def subjects(sink: RunningSink) -> list[str]:
    """What is in the inbox, newest first."""
    return [letter.subject for letter in sink.store.page()]


def test_a_letter_arrives_byte_for_byte(sink: RunningSink) -> None:
    content = LETTER + b".\r\n..two\r\n" + bytes(range(128, 256)) + b"\r\n" + b"long " * 20_000 + b"\r\n"
    assert send(sink, "ada@example.org", content=content) == {}
    found = wait_until(sink.store.page)
    assert (found[0].mail_from, found[0].rcpt_to, found[0].subject) == (
        "bounces@post.example",
        "ada@example.org",
        "Hello",
    )
    stored = sink.store.letter(found[0].id)
    assert stored is not None
    assert stored[1] == content


def test_what_it_offers(sink: RunningSink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        client.ehlo()
        assert set(client.esmtp_features) == {"pipelining", "size", "8bitmime", "enhancedstatuscodes"}
        assert client.docmd("STARTTLS")[0] == 502
        assert client.docmd("RCPT TO:<a@b.org>")[0] == 503
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("MAIL FROM:<a@b.org>")[0] == 250
        assert client.docmd("MAIL FROM:<a@b.org>")[0] == 503
        assert client.docmd("DATA")[0] == 554
        assert client.docmd("x" * 3000)[0] == 500
        assert client.rset()[0] == client.noop()[0] == 250


def test_a_pipelined_conversation_in_any_cut(sink: RunningSink) -> None:
    """RFC 2920: the next letter's commands follow the dot of the last one in the same write."""
    envelope = b"MAIL FROM:<a@post.example>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n"
    whole = b"EHLO there\r\n" + b"".join(
        envelope + b"Subject: number %d\r\n\r\n..\r\n.\r\n" % number for number in range(20)
    )
    whole += b"MAIL FROM:<a@post.example>\r\nRCPT TO:<bounce@example.org>\r\nDATA\r\nQUIT\r\n"
    for size in (1, 7, 1000, len(whole)):
        with sink.connect() as connection, connection.makefile("rb") as answers:
            for start in range(0, len(whole), size):
                connection.sendall(whole[start : start + size])
            codes = [line[:4] for line in answers.read().splitlines()]
        each = [b"250 ", b"250 ", b"354 ", b"250 "]
        ehlo = [b"250-"] * 4 + [b"250 "]
        assert codes == [b"220 ", *ehlo, *each * 20, b"250 ", b"550 ", b"554 ", b"221 "]
    wait_until(lambda: sink.store.count_accepted() == 80)
    newest = sink.store.letter(80)
    assert newest is not None
    assert newest[1] == b"Subject: number 19\r\n\r\n.\r\n"


def test_only_a_dot_between_whole_line_ends_ends_a_letter(sink: RunningSink) -> None:
    """A bare LF around the dot must not: that is how letters are smuggled past a server."""
    content = b"Subject: one\r\n\r\na\n.\nb\r\n.\nMAIL FROM:<x@x.x>\n.\r\nc\r\n"
    with sink.connect() as connection, connection.makefile("rb") as answers:
        connection.sendall(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n" + content)
        connection.sendall(b".\r\nQUIT\r\n")
        assert [line[:3] for line in answers.read().splitlines()] == [
            *(b"220", b"250", b"250", b"250", b"354", b"250", b"221")
        ]
    assert wait_until(sink.store.page)[0].mail_from == ""
    assert sink.store.count_accepted() == 1


def test_an_empty_letter(sink: RunningSink) -> None:
    with sink.connect() as connection, connection.makefile("rb") as answers:
        connection.sendall(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n.\r\nQUIT\r\n")
        assert answers.read().splitlines()[-2][:3] == b"250"
    assert wait_until(sink.store.page)[0].size == 0


@pytest.mark.parametrize(
    ("address", "code", "enhanced"),
    [
        ("bounce+a@example.org", 550, b"5.1.1"),
        ("full@example.org", 452, b"4.2.2"),
        ("soft@x.org", 451, b"4.7.1"),
    ],
)
def test_refused_at_the_recipient(sink: RunningSink, address: str, code: int, enhanced: bytes) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(sink, address)
    assert refused.value.recipients[address][0] == code
    assert refused.value.recipients[address][1].startswith(enhanced)


def test_greylisting_ends_with_the_second_try(sink: RunningSink) -> None:
    for address in ("soft+a@example.org", "soft+b@example.org"):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(sink, address)
        assert send(sink, address) == {}


def test_refused_after_the_dot(sink: RunningSink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("a@post.example", ["spam@example.org"], LETTER)
        assert refused.value.smtp_code == 550
        assert refused.value.smtp_error.startswith(b"5.7.1")
        assert client.sendmail("a@post.example", ["ada@example.org"], LETTER) == {}
    wait_until(lambda: sink.store.count_accepted() == 1)


def test_too_busy_hangs_up(sink: RunningSink) -> None:
    with sink.connect() as connection, connection.makefile("rb") as answers:
        connection.sendall(b"HELO x\r\nMAIL FROM:<>\r\nRCPT TO:<busy@example.org>\r\nDATA\r\n")
        assert answers.read().splitlines()[-1].startswith(b"421 4.3.2")


def test_dropped_at_data_nothing_is_kept_and_lost_after_the_dot_it_is(sink: RunningSink) -> None:
    for address in ("drop@example.org", "lost@example.org"):
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(sink, address)
    send(sink, "ada@example.org")
    wait_until(lambda: sink.store.count_accepted() == 2)
    assert [letter.rcpt_to for letter in sink.store.page()] == ["ada@example.org", "lost@example.org"]


def test_a_slow_answer_holds_up_nobody_else_and_keeps_the_order(sink: RunningSink) -> None:
    envelope = b"MAIL FROM:<>\r\nRCPT TO:<%s@example.org>\r\nDATA\r\n"
    with sink.connect() as connection, connection.makefile("rb") as answers:
        began = time.monotonic()
        connection.sendall(b"HELO x\r\n" + envelope % b"slow" + LETTER + b".\r\nNOOP\r\nQUIT\r\n")
        send(sink, "ada@example.org")
        assert time.monotonic() - began < 2.5
        lines = answers.read().splitlines()
        assert time.monotonic() - began >= 2.9
    assert [line[:3] for line in lines] == [*(b"220", b"250", b"250", b"250", b"354", b"250", b"250", b"221")]


def test_a_letter_that_is_too_big_is_refused_and_the_conversation_goes_on(sink: RunningSink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        client.ehlo()
        client.docmd("MAIL FROM:<a@post.example>")
        client.docmd("RCPT TO:<ada@example.org>")
        client.docmd("DATA")
        for _ in range(11):
            client.send(b"x" * 1024 * 1023 + b"\r\n" * 512)
        assert client.docmd(".")[0] == 552
        assert client.sendmail("a@post.example", ["ada@example.org"], LETTER) == {}


def test_letters_and_their_count_outlive_a_restart(
    start_sink: Callable[..., RunningSink], tmp_path: Path
) -> None:
    path = tmp_path / "inbox.sqlite3"
    first = start_sink(path)
    send(first, "ada@example.org", "bob@example.org")
    idle = first.connect()
    assert first.stop() == 0
    idle.close()
    assert [letter.rcpt_to for letter in first.store.page()] == ["bob@example.org", "ada@example.org"]
    second = start_sink(path)
    send(second, "cyd@example.org")
    wait_until(lambda: second.store.count_accepted() == 3)
    assert len(subjects(second)) == 3


def test_only_the_newest_are_kept_and_all_are_counted(
    start_sink: Callable[..., RunningSink], tmp_path: Path
) -> None:
    sink = start_sink(tmp_path / "inbox.sqlite3", keep=50)
    big = b"x" * 60_000
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as client:
        for number in range(400):
            content = b"Subject: %d\r\n\r\n%d" % (number, number) + big
            client.sendmail("a@post.example", [f"p{number}@example.org"], content)
    wait_until(lambda: sink.store.count_accepted() == 400)
    assert sink.store.count_kept() <= 55
    assert sink.stop() == 0
    assert sink.store.count_kept() == 50
    assert subjects(sink) == [str(number) for number in range(399, 349, -1)]
    for letter in sink.store.page(limit=50):
        whole = sink.store.letter(letter.id)
        assert whole is not None
        assert whole[1].startswith(b"Subject: %s\r\n" % letter.subject.encode())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org", "::"])  # noqa: S104 - refused
def test_it_listens_on_loopback_only(host: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "webapp.demo.sink",
            "--host",
            host,
            "--port",
            "0",
            "--store",
            str(tmp_path / "s"),
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert "not a loopback address" in done.stderr


def test_a_store_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "webapp.demo.sink", "--port", "0", "--store", str(tmp_path / "no" / "folder")],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("mail sink: ")
    assert "Traceback" not in done.stderr
