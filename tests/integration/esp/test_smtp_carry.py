"""Letters over kept connections: each exactly once, byte for byte, in the right order of commands, soon."""

import asyncio

import pytest

from tests.doubles.feed import ListFeed, LiveFeed, Outcomes, parcel
from tests.doubles.smtp_script import At, Fault, Script, Then
from tests.doubles.smtp_server import SmtpServer
from tests.integration.esp.carrying import carry_all
from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.esp.base import open_carrier

PIPELINED = ("PIPELINING",)
both_ways = pytest.mark.parametrize("offers", [PIPELINED, ()], ids=["pipelining", "one by one"])


@both_ways
def test_a_thousand_letters_arrive_once_each(offers: tuple[str, ...]) -> None:
    letters = {f"person{seq}@example.org": parcel(seq) for seq in range(1, 1001)}
    with SmtpServer(Script(offers=offers)) as server:
        outcomes = carry_all(server.url(), letters.values())
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    assert outcomes.by_seq[1].reply == "2.0.0 Ok: queued"
    assert sorted(server.recipients()) == sorted(letters)
    assert all(letter.content == letters[letter.recipients[0]].content for letter in server.taken)
    assert server.most_open == 8
    assert server.breaches == []


@both_ways
@pytest.mark.parametrize(
    "content",
    [
        b".",
        b"..\r\n",
        b".\r\n.\r\n..\r\n",
        b"a\r\n.\r\nMAIL FROM:<x@y>\r\n.b\r\n\r\n.",
        b"no line end",
        b"\r\n",
        b"x" * 998 + b"\r\n.",
        b"\r\n.\r" + b"x" * 70_000 + b"\r\n.\r\n",
        b"long\r\n" * 200_000,
    ],
    ids=["dot", "dots", "dot lines", "commands", "no end", "empty", "998", "large", "1.2 MB"],
)
def test_content_arrives_as_it_was(offers: tuple[str, ...], content: bytes) -> None:
    with SmtpServer(Script(offers=offers)) as server:
        outcomes = carry_all(server.url(connections=1), [parcel(1, content=content), parcel(2)])
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    assert server.taken[0].content == (content if content.endswith(b"\r\n") else content + b"\r\n")
    assert server.taken[1].content == parcel(2).content


def test_pipelining_costs_one_round_trip_a_letter() -> None:
    """While letter 1 waits for its answer, letter 2 is named, and no third is taken."""
    feed, outcomes = ListFeed(parcel(seq) for seq in range(1, 6)), Outcomes()
    script = Script(faults=[Fault(At.DOT, then=Then.SILENCE, letter=1)])

    async def run(server: SmtpServer) -> None:
        carrier = open_carrier(server.url(connections=1))
        task = asyncio.create_task(carrier.carry(feed, outcomes.settle))
        await until(lambda: len(feed.taken) == 2)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with SmtpServer(script) as server:
        asyncio.run(run(server))
    assert outcomes.verdicts() == {1: Verdict.UNCERTAIN, 2: Verdict.NOT_BEGUN}
    assert feed.taken == [1, 2]


async def until(check: object) -> None:
    """Wait, with a bound, until something is so."""
    async with asyncio.timeout(10):
        while not check():  # type: ignore[operator]
            await asyncio.sleep(0.005)


@both_ways
@pytest.mark.parametrize("farewell", ["", "421 4.7.0 Enough for one connection"])
def test_a_server_that_closes_after_some_letters(offers: tuple[str, ...], farewell: str) -> None:
    script = Script(offers=offers, letters_per_connection=7, farewell=farewell)
    with SmtpServer(script) as server:
        outcomes = carry_all(server.url(connections=2), [parcel(seq) for seq in range(1, 101)])
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    assert len(set(server.recipients())) == len(server.taken) == 100


@both_ways
def test_our_own_limit_of_letters_per_connection(offers: tuple[str, ...]) -> None:
    with SmtpServer(Script(offers=offers)) as server:
        url = server.url(connections=2, letters_per_connection=10)
        outcomes = carry_all(url, [parcel(seq) for seq in range(1, 101)])
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    spoken = [[said.split(" ")[0] for said in commands] for commands in server.commands.values()]
    assert max(said.count("MAIL") for said in spoken) == 10
    assert all(said[-1] == "QUIT" for said in spoken)


@pytest.mark.parametrize("size", [1, 2, 7, 19])
def test_replies_in_pieces(size: int) -> None:
    faults = [Fault(At.RCPT, "550-5.1.1 No\n550-5.1.1 such\n550 5.1.1 user", recipient="person3@example.org")]
    script = Script(offers=("PIPELINING", "SIZE 1000"), bytes_per_write=size, faults=faults)
    with SmtpServer(script) as server:
        outcomes = carry_all(server.url(connections=2), [parcel(seq) for seq in range(1, 21)])
    assert outcomes.by_seq.pop(3) == Outcome(3, Verdict.THIS_ADDRESS, 550, "5.1.1 No such user")
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}


def test_long_and_strange_replies() -> None:
    faults = [
        Fault(At.DOT, "250 2.0.0 " + "queued " * 500, letter=1, is_taken=True),
        Fault(At.DOT, "250-2.0.0 Ok\n250", letter=2, is_taken=True),
        Fault(At.DOT, "250", letter=3, is_taken=True),
        Fault(At.RCPT, "550 5.1.1 \x1b[31mr\u00f6t\u2028\x07", letter=4),
    ]
    with SmtpServer(Script(faults=faults)) as server:
        outcomes = carry_all(server.url(connections=1), [parcel(seq) for seq in range(1, 6)])
    assert [verdict.value for verdict in outcomes.verdicts().values()] == ["sent"] * 3 + [
        "this_address",
        "sent",
    ]
    assert len(outcomes.by_seq[1].reply) == 500
    assert all(outcome.reply.isprintable() for outcome in outcomes.by_seq.values())
    assert "röt" in outcomes.by_seq[4].reply


def test_size_is_told_and_kept() -> None:
    letters = [parcel(1), parcel(2, content=b"x" * 2000), parcel(3)]
    with SmtpServer(Script(offers=("PIPELINING", "SIZE 1000"))) as server:
        outcomes = carry_all(server.url(connections=1), letters)
    assert outcomes.verdicts() == {1: Verdict.SENT, 2: Verdict.THIS_ADDRESS, 3: Verdict.SENT}
    assert "2000" in outcomes.by_seq[2].reply
    assert server.commands[1][1] == f"MAIL FROM:<news@postroom.example> SIZE={len(letters[0].content)}"


@pytest.mark.parametrize(
    "recipient",
    [
        "a@b>\r\nRCPT TO:<other@example.org",
        "a b@example.org",
        "a\x00@example.org",
        "<a@example.org>",
        "",
        "a@b\nDATA",
    ],
)
def test_an_address_that_is_none_fails_alone(recipient: str) -> None:
    poisoned = Parcel(2, "news@postroom.example", recipient, b"Subject: x\r\n\r\n")
    with SmtpServer() as server:
        outcomes = carry_all(server.url(), [parcel(1), poisoned, parcel(3)])
    assert outcomes.verdicts() == {1: Verdict.SENT, 2: Verdict.THIS_ADDRESS, 3: Verdict.SENT}
    assert sorted(server.recipients()) == ["person1@example.org", "person3@example.org"]


def test_an_address_outside_ascii_needs_smtputf8() -> None:
    letters = [parcel(1), parcel(2, "jürgen@example.org"), parcel(3)]
    with SmtpServer() as server:
        outcomes = carry_all(server.url(), letters)
    assert outcomes.verdicts() == {1: Verdict.SENT, 2: Verdict.THIS_ADDRESS, 3: Verdict.SENT}
    assert "SMTPUTF8" in outcomes.by_seq[2].reply
    with SmtpServer(Script(offers=("PIPELINING", "SMTPUTF8"))) as server:
        outcomes = carry_all(server.url(connections=1), letters)
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    assert "jürgen@example.org" in server.recipients()
    assert [said.endswith(" SMTPUTF8") for said in server.commands[1] if said.startswith("MAIL")] == [
        False,
        True,
        False,
    ]


def test_an_empty_sender_is_allowed() -> None:
    with SmtpServer() as server:
        outcomes = carry_all(server.url(), [Parcel(1, "", "a@example.org", b"Subject: x\r\n\r\n")])
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert server.taken[0].sender == ""


def test_one_letter_opens_one_connection_that_carries_it() -> None:
    feed, outcomes = LiveFeed(), Outcomes()

    async def run(server: SmtpServer) -> None:
        task = asyncio.create_task(open_carrier(server.url(connections=50)).carry(feed, outcomes.settle))
        feed.put(parcel())
        await until(lambda: outcomes.by_seq)
        feed.close()
        await task

    with SmtpServer() as server:
        asyncio.run(run(server))
    assert outcomes.verdicts() == {1: Verdict.SENT}
    assert server.connection_count == 1


def test_a_connection_that_was_closed_while_idle_costs_nothing() -> None:
    """The server hangs up between two letters, as servers do after some minutes."""
    feed, outcomes = LiveFeed(), Outcomes()
    farewell = Fault(At.DOT, "250 2.0.0 Ok\n421 4.4.2 Idle for too long", Then.CLOSE, is_taken=True)

    async def run(server: SmtpServer) -> None:
        task = asyncio.create_task(open_carrier(server.url(connections=1)).carry(feed, outcomes.settle))
        for seq in range(1, 4):
            feed.put(parcel(seq))
            await until(lambda: not feed.left and len(outcomes.by_seq) == len(feed.taken))
            await until(lambda: server.open_count == 0)
        feed.close()
        await task

    with SmtpServer(Script(faults=[farewell])) as server:
        asyncio.run(run(server))
    assert outcomes.verdicts() == dict.fromkeys((1, 2, 3), Verdict.SENT)


def test_a_feed_that_calls_too_early_does_not_stop_the_others() -> None:
    """Its `wait` says at once that there may be something while there is nothing."""
    outcomes = Outcomes()

    class Hasty(LiveFeed):
        async def wait(self) -> bool:
            return len(outcomes.by_seq) < 50

    feed = Hasty()
    feed.put(*(parcel(seq) for seq in range(1, 51)))

    async def run(server: SmtpServer) -> None:
        async with asyncio.timeout(10):
            await open_carrier(server.url(connections=4)).carry(feed, outcomes.settle)

    with SmtpServer() as server:
        asyncio.run(run(server))
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}


def test_what_is_left_in_a_closed_feed_stays_there() -> None:
    feed, outcomes = LiveFeed(), Outcomes()
    feed.put(*(parcel(seq) for seq in range(1, 1001)))

    def settle(outcome: Outcome) -> None:
        outcomes.settle(outcome)
        if len(outcomes.by_seq) == 100:
            feed.left.clear()
            feed.close()

    with SmtpServer() as server:
        asyncio.run(open_carrier(server.url(connections=4)).carry(feed, settle))
    assert set(outcomes.verdicts().values()) == {Verdict.SENT}
    assert sorted(outcomes.by_seq) == sorted(feed.taken)
    assert len(feed.taken) <= 100 + 2 * 4


@pytest.mark.parametrize("where", ["take", "settle"])
def test_a_fault_of_ours_ends_the_run_and_is_told(where: str) -> None:
    """A feed or a recorder that raises: the run ends with that error, and what was open is settled as it stands."""
    outcomes = Outcomes()

    class Broken(ListFeed):
        def take(self) -> Parcel | None:
            if where == "take" and len(self.taken) == 5:
                raise ZeroDivisionError("in take")
            return super().take()

    def settle(outcome: Outcome) -> None:
        outcomes.settle(outcome)
        if where == "settle" and len(outcomes.by_seq) == 5:
            raise ZeroDivisionError("in settle")

    feed = Broken(parcel(seq) for seq in range(1, 101))

    async def run(server: SmtpServer) -> None:
        async with asyncio.timeout(10):
            await open_carrier(server.url(connections=50)).carry(feed, settle)

    with SmtpServer() as server, pytest.raises(ZeroDivisionError, match=f"in {where}"):
        asyncio.run(run(server))
    assert sorted(outcomes.by_seq) == sorted(feed.taken)


def test_a_large_letter_is_whole_only_when_its_content_has_left() -> None:
    """The server stops reading in the middle of 8 MB: the dot was never written, so nothing is in doubt."""
    script = Script(faults=[Fault(At.CONTENT, then=Then.DROP)])
    with SmtpServer(script) as server:
        outcomes = carry_all(server.url(connections=1), [parcel(1, content=b"0123456789abcdef" * 524_288)])
    assert outcomes.verdicts() == {1: Verdict.TRY_LATER}
    assert "before the letter was whole" in outcomes.by_seq[1].reply


def test_a_large_letter_refused_while_it_leaves_is_refused() -> None:
    script = Script(
        faults=[Fault(At.CONTENT, "552 5.3.4 Too big", Then.STOP_READING, letter=1, connection=1)]
    )
    letters = [parcel(1, content=b"0123456789abcdef" * 524_288), parcel(2)]
    with SmtpServer(script) as server:
        outcomes = carry_all(server.url(connections=1), letters)
    assert outcomes.verdicts() == {1: Verdict.THIS_ADDRESS, 2: Verdict.SENT}
    assert server.connection_count == 2
