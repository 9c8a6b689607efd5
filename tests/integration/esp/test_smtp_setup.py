"""Before the first letter: connecting, greeting, EHLO, encryption, sign-in; what fails there is the carrier's fault."""

import asyncio
import time

import pytest

from tests.doubles.certificate import CERTIFICATE
from tests.doubles.feed import LiveFeed, Outcomes, parcel
from tests.doubles.smtp_script import At, Fault, Script, Then
from tests.doubles.smtp_server import SmtpServer
from tests.integration.esp.carrying import carry_all, free_port
from webapp.mail.domain.parcel import Verdict
from webapp.mail.esp.base import open_carrier

TLS = ("PIPELINING", "STARTTLS")
TRUSTED = {"host": "localhost", "ca_file": CERTIFICATE}


def carry_one(script: Script, **options: object) -> tuple[SmtpServer, Outcomes]:
    """Carry one letter."""
    with SmtpServer(script) as server:
        outcomes = carry_all(server.url(**{"connections": 2, **options}), [parcel()])
    return server, outcomes


def assert_down(outcomes: Outcomes, words: str) -> None:
    """The one letter is not to blame, and the operator is told why."""
    (outcome,) = outcomes.by_seq.values()
    assert outcome.verdict is Verdict.CARRIER_DOWN
    assert words in outcome.reply


def test_nobody_there() -> None:
    outcomes = carry_all(f"smtp://127.0.0.1:{free_port()}", [parcel()])
    assert_down(outcomes, "cannot be reached: Connection refused")


@pytest.mark.parametrize("host", ["a..b", f"{'x' * 64}.example"])
def test_a_name_that_is_no_host(host: str) -> None:
    assert_down(carry_all(f"smtp://{host}", [parcel()]), "is no name of a host")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(At.CONNECT, "421 4.3.2 Too busy", Then.CLOSE), "Too busy"),
        (Fault(At.CONNECT, "554 5.7.1 Not you", Then.CLOSE), "Not you"),
        (Fault(At.CONNECT, then=Then.DROP), "mail server"),
        (Fault(At.CONNECT, then=Then.CLOSE), "hung up"),
        (Fault(At.CONNECT, then=Then.SILENCE), "said nothing for 0.1 seconds"),
        (Fault(At.CONNECT, "HTTP/1.1 400 Bad Request"), "does not answer as a mail server"),
        (Fault(At.CONNECT, "x" * 70_000), "mail server"),
        (Fault(At.EHLO, "550 5.7.1 Who?"), "Who?"),
        (Fault(At.EHLO, then=Then.DROP), "connection"),
        (Fault(At.EHLO, then=Then.SILENCE), "EHLO"),
    ],
)
def test_a_server_that_is_not_ready(fault: Fault, words: str) -> None:
    server, outcomes = carry_one(Script(faults=[fault]), greeting_seconds=0.1, command_seconds=0.1)
    assert_down(outcomes, words)
    assert server.taken == []


def test_one_bad_start_is_not_yet_a_carrier_that_is_down() -> None:
    server, outcomes = carry_one(Script(faults=[Fault(At.CONNECT, "421 4.3.2 Busy", Then.CLOSE, times=1)]))
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert server.connection_count == 2


def test_a_server_from_before_ehlo() -> None:
    server, outcomes = carry_one(Script(offers=(), faults=[Fault(At.EHLO, "502 5.5.1 What?", times=1)]))
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert server.commands[1][1].startswith("HELO ")


def test_fewer_connections_than_wanted_are_enough() -> None:
    """The server lets two in and turns the others away: no letter suffers."""
    turned_away = [
        Fault(At.CONNECT, "421 4.7.0 Too many connections", Then.CLOSE, connection=number)
        for number in range(3, 99)
    ]
    with SmtpServer(Script(faults=turned_away)) as server:
        outcomes = carry_all(server.url(connections=8), [parcel(seq) for seq in range(1, 301)])
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    assert len(server.taken) == 300
    assert server.connection_count <= 10, "it is not hammered"


def test_a_carrier_that_is_down_gives_up_few_letters_and_ends_with_its_feed() -> None:
    """The breaker outside hears of it at the first letter and closes the feed: the rest stays where it is."""
    feed, outcomes = LiveFeed(), Outcomes()
    feed.put(*(parcel(seq) for seq in range(1, 1001)))

    def settle(outcome: object) -> None:
        outcomes.settle(outcome)  # type: ignore[arg-type]
        feed.close()

    started = time.monotonic()
    asyncio.run(open_carrier(f"smtp://127.0.0.1:{free_port()}?connections=8").carry(feed, settle))
    assert outcomes.verdicts() == {1: Verdict.CARRIER_DOWN}
    assert len(feed.left) == 999
    assert time.monotonic() - started < 5


def test_a_server_that_comes_back_is_used_again() -> None:
    faults = [Fault(At.CONNECT, "421 4.3.2 Down", Then.CLOSE, connection=number) for number in (1, 2, 3)]
    with SmtpServer(Script(faults=faults)) as server:
        outcomes = carry_all(server.url(), [parcel(seq) for seq in range(1, 11)])
    assert list(outcomes.verdicts().values()).count(Verdict.SENT) == 8
    assert outcomes.verdicts()[1] is outcomes.verdicts()[2] is Verdict.CARRIER_DOWN


# -- encryption


def test_starttls() -> None:
    server, outcomes = carry_one(Script(offers=TLS), starttls="required", **TRUSTED)
    assert outcomes.verdicts() == {1: Verdict.SENT}
    said = [command.split(" ")[0] for command in server.commands[1]]
    assert said[:4] == ["EHLO", "STARTTLS", "EHLO", "MAIL"], "what was offered in the clear does not count"


def test_encrypted_from_the_first_byte() -> None:
    server, outcomes = carry_one(Script(is_tls=True), **TRUSTED)
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert len(server.taken) == 1


@pytest.mark.parametrize("is_tls", [True, False], ids=["smtps", "starttls"])
@pytest.mark.parametrize(
    "options",
    [{"host": "localhost"}, {"host": "127.0.0.1", "ca_file": CERTIFICATE}],
    ids=["unknown", "other name"],
)
def test_a_bad_certificate_is_refused(is_tls: bool, options: dict[str, object]) -> None:
    more = {} if is_tls else {"starttls": "required"}
    server, outcomes = carry_one(Script(offers=TLS, is_tls=is_tls), **options, **more)
    assert_down(outcomes, "is not to be trusted")
    assert server.taken == []


def test_encryption_that_is_only_offered_needs_no_authority() -> None:
    server, outcomes = carry_one(Script(offers=TLS), starttls="if-offered")
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert "STARTTLS" in server.commands[1]


def test_encryption_that_is_not_wanted() -> None:
    server, _ = carry_one(Script(offers=TLS), starttls="never")
    assert "STARTTLS" not in server.commands[1]


def test_encryption_required_and_not_offered() -> None:
    server, outcomes = carry_one(Script(), starttls="required", **TRUSTED)
    assert_down(outcomes, "offers no encryption")
    assert server.taken == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(At.STARTTLS, "454 4.7.0 Not now"), "Not now"),
        (Fault(At.STARTTLS, "220 Go\n250 injected"), "before STARTTLS"),
        (Fault(At.STARTTLS, "220 Go", Then.CLOSE), ""),
        (Fault(At.STARTTLS, then=Then.SILENCE), "STARTTLS"),
    ],
)
def test_starttls_that_fails(fault: Fault, words: str) -> None:
    options = {"starttls": "required", "command_seconds": 0.2, **TRUSTED}
    server, outcomes = carry_one(Script(offers=TLS, faults=[fault]), **options)
    assert_down(outcomes, words)
    assert server.taken == []


def test_starttls_refused_where_it_is_only_offered() -> None:
    _, outcomes = carry_one(Script(offers=TLS, faults=[Fault(At.STARTTLS, "454 4.7.0 Not now")]))
    assert outcomes.verdicts() == {1: Verdict.SENT}


# -- sign-in


@pytest.mark.parametrize("ways", ["AUTH PLAIN LOGIN", "AUTH LOGIN", "AUTH=LOGIN PLAIN"])
def test_sign_in(ways: str) -> None:
    server, outcomes = carry_one(
        Script(offers=("PIPELINING", ways), users={"us@x": "p:w/ü"}), user="us%40x:p%3Aw%2F%C3%BC"
    )
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert any(command.startswith("AUTH") for command in server.commands[1])


def test_sign_in_under_encryption() -> None:
    script = Script(offers=(*TLS, "AUTH PLAIN"), users={"us": "pw"})
    server, outcomes = carry_one(script, user="us:pw", starttls="required", **TRUSTED)
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert [command.split(" ")[0] for command in server.commands[1]][:4] == [
        "EHLO",
        "STARTTLS",
        "EHLO",
        "AUTH",
    ]


@pytest.mark.parametrize("way", ["AUTH PLAIN", "AUTH LOGIN"])
def test_a_wrong_password(way: str) -> None:
    _, outcomes = carry_one(Script(offers=(way,), users={"us": "pw"}), user="us:secret-thing")
    assert_down(outcomes, "refused the sign-in: 535")
    assert "secret-thing" not in outcomes.by_seq[1].reply


@pytest.mark.parametrize("offers", [(), ("AUTH CRAM-MD5",)])
def test_no_sign_in_offered(offers: tuple[str, ...]) -> None:
    _, outcomes = carry_one(Script(offers=offers, users={"us": "pw"}), user="us:pw")
    assert_down(outcomes, "offers no sign-in")


def test_a_password_is_not_shown_to_the_network() -> None:
    """127.1 is this machine too, but not known to be: what holds for it holds for a server far away."""
    script = Script(offers=("AUTH PLAIN",), users={"us": "pw"})
    server, outcomes = carry_one(script, user="us:pw", host="127.1", starttls="if-offered")
    assert_down(outcomes, "the password was not sent")
    assert not any(said.startswith("AUTH") for commands in server.commands.values() for said in commands)
    _, outcomes = carry_one(script, user="us:pw", host="127.1", starttls="never")
    assert outcomes.verdicts() == {1: Verdict.SENT}
    _, outcomes = carry_one(script, user="us:pw", host="127.1")
    assert_down(outcomes, "offers no encryption")
