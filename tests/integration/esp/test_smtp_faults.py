"""Every SMTP fault at every phase, with and without PIPELINING: its letter ends right, the others unharmed."""

import asyncio

import pytest

from tests.doubles.feed import ListFeed, Outcomes, parcel
from tests.doubles.smtp_script import At, Fault, Script, Then
from tests.doubles.smtp_server import SmtpServer
from tests.integration.esp.carrying import carry_all
from webapp.mail.domain.parcel import Parcel, Verdict
from webapp.mail.esp.base import open_carrier

PIPELINED = ("PIPELINING", "ENHANCEDSTATUSCODES")
PLAIN = ("ENHANCEDSTATUSCODES",)
SECOND = "person2@example.org"

both_ways = pytest.mark.parametrize("offers", [PIPELINED, PLAIN], ids=["pipelining", "one by one"])


def play(offers: tuple[str, ...], *faults: Fault, **options: object) -> tuple[SmtpServer, Outcomes]:
    """Carry letters 1 to 5 over one connection to a server with these faults; it may accept none twice."""
    with SmtpServer(Script(offers=offers, faults=list(faults))) as server:
        outcomes = carry_all(
            server.url(**{"connections": 1, **options}), [parcel(seq) for seq in range(1, 6)]
        )
    assert server.breaches == []
    assert len(set(server.recipients())) == len(server.recipients())
    return server, outcomes


def but_second(verdict: Verdict) -> dict[int, Verdict]:
    """Everything is sent but letter 2."""
    return {seq: verdict if seq == 2 else Verdict.SENT for seq in range(1, 6)}


@both_ways
@pytest.mark.parametrize(
    ("at", "reply", "verdict"),
    [
        (At.MAIL, "451 4.3.0 Not now", Verdict.TRY_LATER),
        (At.MAIL, "550 5.7.1 Sender refused", Verdict.CARRIER_DOWN),
        (At.RCPT, "450 4.2.1 Mailbox busy", Verdict.TRY_LATER),
        (At.RCPT, "550 5.1.1 No such user", Verdict.THIS_ADDRESS),
        (At.RCPT, "550-5.1.1 No such user,\n550 5.1.1 really", Verdict.THIS_ADDRESS),
        (At.RCPT, "450 4.7.1 Too many messages", Verdict.SLOW_DOWN),
        (At.DATA, "451 4.3.0 Not now", Verdict.TRY_LATER),
        (At.DATA, "554 5.6.0 No", Verdict.THIS_ADDRESS),
        (At.DOT, "451 4.3.0 Not now", Verdict.TRY_LATER),
        (At.DOT, "554 5.7.1 Spam", Verdict.THIS_ADDRESS),
    ],
)
def test_a_refusal_concerns_one_letter(offers: tuple[str, ...], at: At, reply: str, verdict: Verdict) -> None:
    server, outcomes = play(offers, Fault(at, reply, letter=2))
    assert outcomes.verdicts() == but_second(verdict)
    assert outcomes.by_seq[2].code == int(reply[:3])
    assert SECOND not in server.recipients()
    assert len(server.taken) == 4
    assert server.connection_count == 1, "the connection was good and is kept"


@both_ways
@pytest.mark.parametrize("at", [At.MAIL, At.RCPT, At.DATA, At.CONTENT])
@pytest.mark.parametrize("then", [Then.CLOSE, Then.DROP, Then.SILENCE])
def test_lost_before_the_dot_is_tried_later(offers: tuple[str, ...], at: At, then: Then) -> None:
    server, outcomes = play(
        offers, Fault(at, then=then, connection=1, letter=2), command_seconds=0.2, dot_seconds=0.2
    )
    if at is At.CONTENT:  # a small letter leaves in one write with its dot: nobody knows how much arrived
        assert outcomes.verdicts() == but_second(Verdict.UNCERTAIN)
        return
    begun_again = at is At.MAIL
    assert outcomes.verdicts() == but_second(Verdict.SENT if begun_again else Verdict.TRY_LATER)
    assert (SECOND in server.recipients()) is begun_again
    assert server.connection_count == 2


@both_ways
@pytest.mark.parametrize("then", [Then.CLOSE, Then.DROP, Then.SILENCE])
@pytest.mark.parametrize("is_taken", [True, False], ids=["taken", "not taken"])
def test_lost_after_the_dot_is_uncertain_and_not_repeated(
    offers: tuple[str, ...], then: Then, is_taken: bool
) -> None:
    fault = Fault(At.DOT, then=then, connection=1, letter=2, is_taken=is_taken)
    server, outcomes = play(offers, fault, dot_seconds=0.2)
    assert outcomes.verdicts() == but_second(Verdict.UNCERTAIN)
    assert server.recipients().count(SECOND) == int(is_taken)


@both_ways
@pytest.mark.parametrize("reply", ["nonsense", "999 no such code", "354 Go on", "25"])
def test_an_answer_to_the_dot_that_says_nothing_is_uncertain(offers: tuple[str, ...], reply: str) -> None:
    server, outcomes = play(offers, Fault(At.DOT, reply, connection=1, letter=2, is_taken=True))
    assert outcomes.verdicts() == but_second(Verdict.UNCERTAIN)
    assert server.connection_count == 2


@both_ways
@pytest.mark.parametrize(("at", "reply"), [(At.RCPT, "354 Go on"), (At.DATA, "250 Ok"), (At.RCPT, "what?")])
def test_an_answer_out_of_turn_ends_the_connection(offers: tuple[str, ...], at: At, reply: str) -> None:
    server, outcomes = play(offers, Fault(at, reply, connection=1, letter=2))
    assert outcomes.verdicts() == but_second(Verdict.TRY_LATER)
    assert server.connection_count == 2


@both_ways
@pytest.mark.parametrize("then", [Then.CLOSE, Then.DROP])
def test_421_after_the_dot_was_answered_is_sent(offers: tuple[str, ...], then: Then) -> None:
    """The server takes letter 2 and at once says that it goes away."""
    reply = "250 2.0.0 Ok: queued\n421 4.3.2 Going down"
    server, outcomes = play(offers, Fault(At.DOT, reply, then, connection=1, letter=2, is_taken=True))
    assert outcomes.verdicts() == but_second(Verdict.SENT)
    assert server.connection_count == 2


@both_ways
@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        (At.MAIL, Verdict.SENT),  # "enough on this connection": begun again on the next
        (At.RCPT, Verdict.SLOW_DOWN),
        (At.DATA, Verdict.SLOW_DOWN),
        (At.DOT, Verdict.SLOW_DOWN),
    ],
)
def test_421_ends_the_connection(offers: tuple[str, ...], at: At, verdict: Verdict) -> None:
    reply = "421 4.7.0 Too many errors"
    server, outcomes = play(offers, Fault(at, reply, Then.CLOSE, connection=1, letter=2))
    assert outcomes.verdicts() == but_second(verdict)
    assert server.connection_count == 2


@both_ways
def test_421_to_the_first_letter_asks_to_slow_down(offers: tuple[str, ...]) -> None:
    _, outcomes = play(offers, Fault(At.MAIL, "421 4.7.0 Not now", Then.CLOSE, times=1))
    assert outcomes.verdicts()[1] is Verdict.SLOW_DOWN
    assert outcomes.by_seq[1].retry_after == 60.0


def test_nothing_said_after_421_counts() -> None:
    """Or the letter would be handed over here and begun again elsewhere: twice."""
    reply = "421 4.7.0 Enough\n250 2.1.5 Ok\n354 Go on"
    server, outcomes = play(PIPELINED, Fault(At.MAIL, reply, connection=1, letter=2))
    assert outcomes.verdicts() == but_second(Verdict.SENT)
    assert not any(said.startswith("Subject") for said in server.commands[1])


def test_a_letter_is_begun_again_only_once() -> None:
    """A server that drops at a certain letter, on every connection, cannot make it come round for ever."""
    faults = [
        Fault(At.MAIL, then=Then.DROP, connection=1, letter=2),
        Fault(At.MAIL, then=Then.DROP, connection=2),
    ]
    server, outcomes = play(PIPELINED, *faults)
    assert outcomes.verdicts() == but_second(Verdict.TRY_LATER)
    assert server.connection_count == 3


def test_a_letter_goes_back_when_no_other_connection_opens_for_it() -> None:
    """While others are open, a connection that is turned away says nothing about the letter that waited for it."""
    faults = [
        Fault(At.DOT, then=Then.SILENCE, connection=2, letter=1),
        Fault(At.MAIL, "421 4.7.0 Enough", then=Then.CLOSE, connection=1, letter=50),
        Fault(At.CONNECT, "421 4.3.2 Closed", then=Then.CLOSE, connection=3),
    ]
    with SmtpServer(Script(faults=faults)) as server:
        url = server.url(connections=2, dot_seconds=1)
        outcomes = carry_all(url, [parcel(seq) for seq in range(1, 53)])
    verdicts = list(outcomes.verdicts().values())
    assert {verdict: verdicts.count(verdict) for verdict in set(verdicts)} == {
        Verdict.SENT: 50,
        Verdict.UNCERTAIN: 1,
        Verdict.NOT_BEGUN: 1,
    }


def test_data_granted_without_recipient_gets_an_empty_letter() -> None:
    """Some servers grant a pipelined DATA although they refused the recipient (RFC 2920, 3.1)."""
    faults = [
        Fault(At.RCPT, "550 5.1.1 No such user", letter=2),
        Fault(At.DATA, "354 Go on", recipient=SECOND),
    ]
    server, outcomes = play(PIPELINED, *faults)
    assert outcomes.verdicts() == but_second(Verdict.THIS_ADDRESS)
    assert len(server.taken) == 4
    assert server.connection_count == 1


def test_a_refused_letter_stays_refused_when_the_connection_is_then_lost() -> None:
    faults = [
        Fault(At.RCPT, "550 5.1.1 No such user", connection=1, letter=2),
        Fault(At.DATA, then=Then.DROP, connection=1, letter=2),
    ]
    _, outcomes = play(PIPELINED, *faults)
    assert outcomes.verdicts() == but_second(Verdict.THIS_ADDRESS)


def test_reset_follows_a_refusal() -> None:
    """The server still has the sender of a letter whose recipient it refused."""
    server, _ = play(PIPELINED, Fault(At.RCPT, "550 5.1.1 No such user", letter=2))
    said = [command.split(" ")[0] for command in server.commands[1]]
    assert said[4:8] == ["MAIL", "RCPT", "DATA", "RSET"]


@pytest.mark.parametrize("then", [Then.CLOSE, Then.DROP, Then.SILENCE])
def test_how_the_goodbye_ends_changes_nothing(then: Then) -> None:
    _, outcomes = play(PIPELINED, Fault(At.QUIT, then=then), quit_seconds=0.1)
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}


def test_one_broken_connection_leaves_the_others_alone() -> None:
    letters = [parcel(seq) for seq in range(1, 401)]
    faults = [Fault(At.DOT, then=Then.DROP, connection=2, letter=10)]
    with SmtpServer(Script(faults=faults)) as server:
        outcomes = carry_all(server.url(connections=4), letters)
    verdicts = list(outcomes.verdicts().values())
    assert verdicts.count(Verdict.UNCERTAIN) == 1
    assert verdicts.count(Verdict.SENT) == 399
    assert len(set(server.recipients())) == len(server.taken) == 399


@both_ways
def test_what_arrived_is_what_was_sent_whatever_happens_around_it(offers: tuple[str, ...]) -> None:
    faults = [
        Fault(At.RCPT, "550 5.1.1 No", recipient="person3@example.org"),
        Fault(At.DOT, "451 4.3.0 Not now", recipient="person5@example.org"),
        Fault(At.DATA, "451 4.3.0 Not now", recipient="person8@example.org"),
        Fault(At.DOT, then=Then.DROP, recipient="person11@example.org"),
    ]
    letters = {f"person{seq}@example.org": parcel(seq) for seq in range(1, 41)}
    with SmtpServer(Script(offers=offers, faults=faults, letters_per_connection=7)) as server:
        outcomes = carry_all(server.url(connections=3), letters.values())
    assert [letter.content for letter in server.taken] == [
        letters[letter.recipients[0]].content for letter in server.taken
    ]
    sent = {seq for seq, verdict in outcomes.verdicts().items() if verdict is Verdict.SENT}
    assert {f"person{seq}@example.org" for seq in sent} == set(server.recipients())
    assert outcomes.verdicts()[11] is Verdict.UNCERTAIN


def test_a_cancelled_run_settles_what_it_has_taken() -> None:
    """The server keeps silent at letter 2's dot; letter 3 has its envelope on the way."""
    from_feed = [parcel(seq) for seq in range(1, 6)]
    outcomes = Outcomes()
    with SmtpServer(Script(faults=[Fault(At.DOT, then=Then.SILENCE, letter=2)])) as server:
        asyncio.run(_cancel_when(server, from_feed, outcomes))
    assert outcomes.verdicts() == {1: Verdict.SENT, 2: Verdict.UNCERTAIN, 3: Verdict.NOT_BEGUN}


async def _cancel_when(server: SmtpServer, letters: list[Parcel], outcomes: Outcomes) -> None:
    """Carry over one connection until letter 2 is with the server, then cancel."""
    feed = ListFeed(letters)
    task = asyncio.create_task(open_carrier(server.url(connections=1)).carry(feed, outcomes.settle))
    async with asyncio.timeout(10):
        while len(feed.taken) < 3:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
