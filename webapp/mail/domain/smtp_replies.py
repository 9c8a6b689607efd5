"""What a mail server's reply means for a letter: one table, by phase, code, enhanced status and words."""

import re
from dataclasses import dataclass
from enum import StrEnum

from webapp.mail.domain.parcel import Verdict

SLOW_DOWN_SECONDS = 60.0  # when a server asks for patience without saying how much
LONGEST_WAIT_SECONDS = 86_400.0  # no reply makes us wait longer than a day


class Phase(StrEnum):
    """Where in the conversation a reply came (RFC 5321); the value is what people read."""

    CONNECT = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    DOT = "end of the letter"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a refusal means.

    Args:
        verdict: who has to act.
        reply: one line for people: the server's words, led by a sentence of ours where these alone mislead.
        retry_after: seconds to wait, where the server or the table names them.
    """

    verdict: Verdict
    reply: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table: it applies when all of its patterns do."""

    verdict: Verdict
    phases: frozenset[Phase]
    code: re.Pattern[str]
    status: re.Pattern[str] | None = None
    words: re.Pattern[str] | None = None
    sentence: str = ""
    retry_after: float | None = None


_SETUP = frozenset({Phase.CONNECT, Phase.EHLO, Phase.STARTTLS, Phase.AUTH})
_MAIL = frozenset({Phase.MAIL})
_RCPT = frozenset({Phase.RCPT})
_CONTENT = frozenset({Phase.DATA, Phase.DOT})
_ENVELOPE = _MAIL | _RCPT
_LETTER = _ENVELOPE | _CONTENT

_SENDER_REFUSED = "The mail server refuses our sender or this account, so no letter would pass: "

_RATE_WORDS = re.compile(
    r"\brate|too (many|fast|much)|throttl|slow(ing)? down"
    r"|(limit|quota)s? (is |was |has been )?(exceeded|reached)|exceed\w* .*limit",
    re.I,
)
_GREY_WORDS = re.compile(r"gr[ae]y-?list", re.I)
_RECIPIENT_WORDS = re.compile(
    r"recipient (address )?(rejected|denied|disabled)"
    r"|(user|mailbox|account) (is )?(disabled|inactive|suspended)",
    re.I,
)


def _row(verdict: Verdict, phases: frozenset[Phase], code: str, **more: object) -> _Row:
    """Write a row with its patterns as text."""
    patterns = {key: re.compile(str(more.pop(key))) for key in ("status",) if key in more}
    return _Row(verdict, phases, re.compile(code), **patterns, **more)  # type: ignore[arg-type]


# The first row that applies decides. Nothing here suppresses an address: `may_suppress` does.
_TABLE = (
    # Before a letter is named, nobody's letter could have passed.
    _row(Verdict.CARRIER_DOWN, _SETUP, r"[2345]\d\d"),
    # The channel is closing (RFC 5321, 3.8): it says something about us or the server, not about the letter.
    _row(Verdict.SLOW_DOWN, _LETTER, r"421", retry_after=SLOW_DOWN_SECONDS),
    # Greylisting is per recipient and ends by itself, though many servers file it under policy (4.7.1).
    _row(Verdict.TRY_LATER, _LETTER, r"4\d\d", words=_GREY_WORDS, retry_after=300.0),
    # x.2.x is the state of one mailbox: Gmail's "receiving mail at a rate" (4.2.1) is theirs, not ours.
    _row(Verdict.TRY_LATER, _LETTER, r"4\d\d", status=r"4\.2\."),
    _row(Verdict.SLOW_DOWN, _LETTER, r"4\d\d", words=_RATE_WORDS, retry_after=SLOW_DOWN_SECONDS),
    _row(Verdict.TRY_LATER, _LETTER, r"4\d\d"),
    # Too large for this server; another letter may pass.
    _row(Verdict.THIS_ADDRESS, _LETTER, r"5\d\d", status=r"5\.3\.4$"),
    _row(Verdict.THIS_ADDRESS, _LETTER, r"552"),
    # Accounts closed or in other hands are filed under policy: 5.7.13 (RFC 5248), 5.7.17 and 18 (RFC 7293).
    _row(Verdict.THIS_ADDRESS, _RCPT, r"5\d\d", status=r"5\.7\.(13|17|18)$"),
    _row(Verdict.THIS_ADDRESS, _RCPT, r"5\d\d", words=_RECIPIENT_WORDS),
    # x.7.x is policy and x.1.7, x.1.8 are the sender's address: our fault, whichever recipient met it first.
    _row(Verdict.CARRIER_DOWN, _ENVELOPE, r"5\d\d", status=r"5\.(7\.|1\.[78]$)", sentence=_SENDER_REFUSED),
    _row(Verdict.CARRIER_DOWN, _ENVELOPE, r"53[0458]", sentence=_SENDER_REFUSED),
    _row(Verdict.CARRIER_DOWN, _MAIL, r"5\d\d", sentence=_SENDER_REFUSED),
    # The server lost the thread of the conversation: nothing is known against the address.
    _row(Verdict.TRY_LATER, _RCPT | _CONTENT, r"50[0234]", status=r"5\.5\.|$"),
    _row(Verdict.THIS_ADDRESS, _RCPT | _CONTENT, r"5\d\d"),
    # A reply that fits no phase: before the dot nothing is handed over, after it nobody knows.
    _row(Verdict.UNCERTAIN, frozenset({Phase.DOT}), r".*", sentence="The mail server answered out of turn: "),
    _row(Verdict.TRY_LATER, _LETTER, r".*", sentence="The mail server answered out of turn: "),
    _row(Verdict.CARRIER_DOWN, _SETUP, r".*", sentence="This is not a mail server: "),
)

_STATUS = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?=\s|$)")
_WAIT = re.compile(r"(?:again|retry|wait)\b\D{0,20}?(\d{1,5})\s*(s|sec|second|m|min|minute|h|hour)s?\b", re.I)
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600}
_SUPPRESSES = re.compile(r"5\.(1\.(?![78]$)\d{1,3}|2\.1)$")


def enhanced_status(reply: str) -> str | None:
    """Return the enhanced status code at the start of a reply's text (RFC 2034, RFC 3463), or None.

    Args:
        reply: the text without its three-digit code, as kept in an outcome: ``5.1.1 No such user``.
    """
    found = _STATUS.match(reply)
    return found[1] if found else None


def asked_wait(reply: str) -> float | None:
    """Return the seconds that a reply asks us to wait ("try again in 5 minutes"), at most a day, or None."""
    found = _WAIT.search(reply)
    if not found:
        return None
    return min(float(int(found[1]) * _UNIT_SECONDS[found[2][0].lower()]), LONGEST_WAIT_SECONDS)


def judge_reply(phase: Phase, code: int, text: str) -> Judgement:
    """Sort a refusal, or a reply that does not fit, into what it means for the letter.

    Args:
        phase: the command that was answered.
        code: three-digit reply code (RFC 5321, 4.2).
        text: the reply's text on one line, without its code.
    """
    status = enhanced_status(text) or ""
    row = next(row for row in _TABLE if _applies(row, phase, str(code), status, text))
    patient = row.verdict in (Verdict.TRY_LATER, Verdict.SLOW_DOWN, Verdict.CARRIER_DOWN)
    retry_after = (asked_wait(text) or row.retry_after) if patient else None
    return Judgement(row.verdict, f"{row.sentence}{text}" if row.sentence else text, retry_after)


def may_suppress(code: int | None, enhanced: str | None) -> bool:
    """Say whether a refusal proves that the address itself is dead, so that it may be suppressed.

    Only ``5.1.x`` about the recipient and ``5.2.1`` do: most other permanent refusals are about us. ``5.1.7``
    and ``5.1.8`` are about the sender (RFC 3463, 3.2).

    Args:
        code: three-digit reply code, None where there was no reply.
        enhanced: enhanced status code (see `enhanced_status`), None where there was none.
    """
    return (
        code is not None and 500 <= code <= 599 and enhanced is not None and bool(_SUPPRESSES.match(enhanced))
    )


def _applies(row: _Row, phase: Phase, code: str, status: str, text: str) -> bool:
    """Say whether all patterns of a row fit."""
    return (
        phase in row.phases
        and row.code.fullmatch(code) is not None
        and (row.status is None or row.status.match(status) is not None)
        and (row.words is None or row.words.search(text) is not None)
    )
