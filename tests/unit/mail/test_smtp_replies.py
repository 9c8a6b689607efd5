"""The table of SMTP replies, with replies that large mailbox providers and common servers really give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.mail.domain.parcel import Verdict
from webapp.mail.domain.smtp_replies import (
    LONGEST_WAIT_SECONDS,
    Phase,
    asked_wait,
    enhanced_status,
    judge_reply,
    may_suppress,
)


@pytest.mark.parametrize(
    ("phase", "code", "text", "verdict"),
    [
        (Phase.CONNECT, 421, "4.7.0 Too many connections", Verdict.CARRIER_DOWN),
        (Phase.CONNECT, 554, "5.7.1 No SMTP service here", Verdict.CARRIER_DOWN),
        (Phase.EHLO, 501, "5.5.4 Invalid name", Verdict.CARRIER_DOWN),
        (Phase.STARTTLS, 454, "4.7.0 TLS not available", Verdict.CARRIER_DOWN),
        (Phase.AUTH, 535, "5.7.8 Authentication failed", Verdict.CARRIER_DOWN),
        (Phase.AUTH, 454, "4.7.0 Temporary authentication failure", Verdict.CARRIER_DOWN),
        (Phase.MAIL, 550, "5.7.1 Sender not allowed", Verdict.CARRIER_DOWN),
        (Phase.MAIL, 530, "5.7.0 Must issue a STARTTLS command first", Verdict.CARRIER_DOWN),
        (Phase.MAIL, 553, "5.1.8 Domain of sender does not exist", Verdict.CARRIER_DOWN),
        (Phase.MAIL, 451, "4.3.0 Try again", Verdict.TRY_LATER),
        (Phase.MAIL, 552, "5.3.4 Message size exceeds fixed limit", Verdict.THIS_ADDRESS),
        (Phase.RCPT, 550, "5.1.1 User unknown", Verdict.THIS_ADDRESS),
        (Phase.RCPT, 550, "No such user here", Verdict.THIS_ADDRESS),
        (Phase.RCPT, 501, "5.1.3 Bad recipient address syntax", Verdict.THIS_ADDRESS),
        (Phase.RCPT, 552, "5.2.2 Mailbox full", Verdict.THIS_ADDRESS),
        (
            Phase.RCPT,
            550,
            "5.2.1 The email account that you tried to reach is disabled.",
            Verdict.THIS_ADDRESS,
        ),
        (Phase.RCPT, 525, "5.7.13 User account disabled", Verdict.THIS_ADDRESS),
        (Phase.RCPT, 554, "5.7.1 <x@y.z>: Recipient address rejected: Access denied", Verdict.THIS_ADDRESS),
        (Phase.RCPT, 554, "5.7.1 <x@y.z>: Relay access denied", Verdict.CARRIER_DOWN),
        (Phase.RCPT, 550, "5.7.1 Client host blocked using a block list", Verdict.CARRIER_DOWN),
        (Phase.RCPT, 550, "5.1.8 Sender address rejected: Domain not found", Verdict.CARRIER_DOWN),
        (Phase.RCPT, 530, "Authentication required", Verdict.CARRIER_DOWN),
        (Phase.RCPT, 450, "4.7.1 Greylisted, please try again in 300 seconds", Verdict.TRY_LATER),
        (
            Phase.RCPT,
            450,
            "4.2.1 The user is receiving mail at a rate that prevents delivery",
            Verdict.TRY_LATER,
        ),
        (Phase.RCPT, 452, "4.2.2 The recipient's inbox is out of storage space", Verdict.TRY_LATER),
        (Phase.RCPT, 451, "4.7.1 Temporarily rejected by policy", Verdict.TRY_LATER),
        (Phase.RCPT, 451, "4.7.500 Server busy. Please try again later", Verdict.TRY_LATER),
        (Phase.RCPT, 450, "4.7.28 unusual rate of unsolicited mail", Verdict.SLOW_DOWN),
        (Phase.RCPT, 452, "4.5.3 Too many recipients this hour", Verdict.SLOW_DOWN),
        (Phase.RCPT, 421, "4.7.0 Try again later, closing connection", Verdict.SLOW_DOWN),
        (Phase.RCPT, 503, "5.5.1 Error: need MAIL command", Verdict.TRY_LATER),
        (Phase.DATA, 451, "4.3.0 Queue file write error", Verdict.TRY_LATER),
        (Phase.DATA, 503, "5.5.1 Bad sequence of commands", Verdict.TRY_LATER),
        (Phase.DATA, 554, "5.7.1 Transaction failed", Verdict.THIS_ADDRESS),
        (Phase.DOT, 452, "4.3.1 Insufficient system storage", Verdict.TRY_LATER),
        (Phase.DOT, 451, "4.7.0 sending rate exceeds the allowed limit", Verdict.SLOW_DOWN),
        (Phase.DOT, 554, "5.7.1 Message rejected as spam", Verdict.THIS_ADDRESS),
        (Phase.DOT, 552, "5.3.4 Message too big", Verdict.THIS_ADDRESS),
        (Phase.DOT, 354, "Go on", Verdict.UNCERTAIN),
        (Phase.DATA, 250, "Ok", Verdict.TRY_LATER),
    ],
)
def test_a_reply_means(phase: Phase, code: int, text: str, verdict: Verdict) -> None:
    judgement = judge_reply(phase, code, text)
    assert judgement.verdict is verdict
    assert judgement.reply.endswith(text)


def test_a_refused_sender_is_explained_in_a_sentence() -> None:
    judgement = judge_reply(Phase.RCPT, 554, "5.7.1 <x@y.z>: Relay access denied")
    assert judgement.reply.startswith("The mail server refuses our sender or this account")


@given(st.sampled_from(list(Phase)), st.integers(200, 599), st.text(max_size=80))
def test_every_reply_has_a_verdict_and_none_counts_as_sent(phase: Phase, code: int, text: str) -> None:
    assert judge_reply(phase, code, text).verdict is not Verdict.SENT


@given(st.integers(400, 599), st.text(max_size=80))
def test_an_answered_letter_is_never_uncertain(code: int, text: str) -> None:
    assert judge_reply(Phase.DOT, code, text).verdict is not Verdict.UNCERTAIN


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("4.7.1 Greylisted, try again in 300 seconds", 300.0),
        ("4.7.1 Please retry in 5 minutes", 300.0),
        ("try again after 2h", 7200.0),
        ("wait 99999 hours", LONGEST_WAIT_SECONDS),
        ("Try again later", None),
        ("5 seconds", None),
        ("again 12 monkeys", None),
    ],
)
def test_a_server_may_say_how_long_to_wait(text: str, seconds: float | None) -> None:
    assert asked_wait(text) == seconds


def test_patience_is_only_asked_for_what_will_be_tried_again() -> None:
    assert judge_reply(Phase.RCPT, 550, "5.1.1 Do not try again in 5 minutes").retry_after is None
    assert judge_reply(Phase.RCPT, 421, "4.7.0 Too fast").retry_after == 60.0
    assert judge_reply(Phase.RCPT, 450, "4.7.1 Greylisted").retry_after == 300.0
    assert judge_reply(Phase.RCPT, 450, "4.3.0 Not now").retry_after is None


@pytest.mark.parametrize(
    ("code", "enhanced", "may"),
    [
        (550, "5.1.1", True),
        (550, "5.1.10", True),
        (556, "5.1.2", True),
        (550, "5.2.1", True),
        (550, "5.1.7", False),
        (550, "5.1.8", False),
        (552, "5.2.2", False),
        (550, "5.2.10", False),
        (550, "5.7.1", False),
        (554, "5.7.13", False),
        (450, "4.1.1", False),
        (450, "5.1.1", False),
        (550, None, False),
        (None, "5.1.1", False),
    ],
)
def test_only_a_dead_address_may_be_suppressed(code: int | None, enhanced: str | None, may: bool) -> None:
    assert may_suppress(code, enhanced) is may


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("5.1.1 User unknown", "5.1.1"),
        ("5.1.10", "5.1.10"),
        ("User 5.1.1", None),
        ("5.1.1.2 host", None),
        ("", None),
    ],
)
def test_the_enhanced_status_leads_the_text(text: str, status: str | None) -> None:
    assert enhanced_status(text) == status
