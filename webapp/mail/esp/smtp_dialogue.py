"""The conversation about letters on one SMTP connection, without I/O: replies in, bytes and outcomes out.

RFC 5321 and RFC 2920 (PIPELINING): with it, the content of a letter and the envelope of the next travel in
one write, so that a letter costs one round trip. At most one letter waits for the answer to its final dot,
and one more has its envelope on the way.
"""

from collections import deque
from collections.abc import Callable
from enum import IntEnum

from webapp.mail.domain.parcel import Outcome, Parcel, Verdict
from webapp.mail.domain.smtp_replies import Phase
from webapp.mail.esp.smtp_answer import ProtocolError, check_in_turn, outcome_of, words
from webapp.mail.esp.smtp_envelope import Envelopes, Offers, dot_stuffed

WHOLE_WRITE_BYTES = 65_536  # a larger letter gets its final dot only after its content has left this process
END_OF_LETTER = b".\r\n"


class Step(IntEnum):
    """What an expected reply answers."""

    RSET = 0
    MAIL = 1
    RCPT = 2
    DATA = 3
    DOT = 4
    EMPTY_DOT = 5  # ends a DATA that was granted although nobody is there to receive


_ENVELOPE = (Step.MAIL, Step.RCPT, Step.DATA)


class Dialogue:
    """One connection's letters, from taking to settling.

    Args:
        offers: what the server can do.
        take: gives the next letter or None.
        settle: is owed one outcome for each letter taken.
        letters: most letters on this connection.
        hand_over: told of a letter before its final dot is written.
    """

    def __init__(
        self,
        offers: Offers,
        take: Callable[[], Parcel | None],
        settle: Callable[[Outcome], None],
        letters: int,
        hand_over: Callable[[int], None],
    ) -> None:
        self.is_over = False  # the server will answer nothing more
        self.held = b""  # what has to follow once the content has left; see WHOLE_WRITE_BYTES
        self._is_pipelining = offers.is_pipelining
        self._envelopes = Envelopes(offers)
        self._take = take
        self._settle = settle
        self._hand_over = hand_over
        self._letters_left = letters
        self._expected: deque[Step] = deque()  # replies on their way, in order
        self._unsent: deque[tuple[Step, bytes]] = deque()  # without PIPELINING: commands that wait
        self._handed: Parcel | None = None  # its content is on the way, its dot unanswered
        self._named: Parcel | None = None  # its envelope is on the way
        self._refusal: Outcome | None = None  # of the named letter, told when its DATA is answered
        self._is_fresh = True  # no letter was asked for since the connection was opened
        self._is_first = True  # the named letter is the first since the connection was opened
        self._is_welcome = False  # the server has accepted the named letter's sender
        self._needs_reset = False
        self._handlers = (
            self._on_reset,
            self._on_mail,
            self._on_rcpt,
            self._on_data,
            self._on_dot,
            self._on_empty_dot,
        )

    @property
    def awaits(self) -> Step | None:
        """The step whose reply comes next, None when nothing is outstanding."""
        return self._expected[0] if self._expected else None

    @property
    def is_in_stride(self) -> bool:
        """Whether a letter's dot and the next one's whole envelope await their replies, and all is well so far."""
        return self._handed is not None and len(self._expected) == 4 and not (self.held or self.is_over)

    @property
    def is_full(self) -> bool:
        """Whether this connection has had its share of letters."""
        return self._letters_left == 0

    def begin(self) -> bytes:
        """Take a letter if there is one, when none is named; return what to write, empty for none."""
        self._is_first, self._is_fresh = self._is_fresh, False
        while self._letters_left and not self.is_over:
            parcel = self._take()
            if parcel is None:
                return b""
            self._letters_left -= 1
            envelope = self._envelopes.address(parcel)
            if isinstance(envelope, Outcome):
                self._settle(envelope)
            else:
                return self._name(parcel, *envelope)
        return b""

    def release(self) -> bytes:
        """Return the bytes held back, to be written now: from here on the letter counts as handed over."""
        held, self.held = self.held, b""
        if held and self._handed is not None:
            self._hand_over(self._handed.seq)
        return held

    def receive(self, code: int, text: bytes) -> bytes:
        """Take the next reply; return what has to be written now.

        Args:
            code: reply code.
            text: its text on one line, as it came; read only where somebody wants to know.

        Raises:
            ProtocolError: the reply fits nothing; what is still open is settled by `abandon`.
        """
        if code == 421:
            self.is_over = True
        if not self._expected:
            if code < 400:
                raise ProtocolError(f"The mail server said {code} without being asked")
            self.is_over = True  # a farewell between letters: nothing is lost
            return b""
        step = self._expected.popleft()
        if code == 421 and step <= Step.MAIL and not self._is_first:
            return b""  # "enough letters on this connection": `abandon` gives the named one back
        answer = self._handlers[step](code, text)
        if self._unsent and not answer and not self.is_over:
            step, answer = self._unsent.popleft()
            self._expected.append(step)
        return answer

    def stride(self, text: bytes) -> bytes:
        """Take 250, 250, 250 and 354 at once, as `receive` would one by one; only while `is_in_stride`.

        Args:
            text: of the first, which answers the dot.

        Returns:
            What has to be written now.
        """
        parcel, self._handed = self._handed, None
        self._expected.clear()
        if parcel is not None:
            self._settle(Outcome(parcel.seq, Verdict.SENT, 250, words(text)))
        return self._content()

    def abandon(self, why: str) -> Parcel | None:
        """Settle what is open when the connection is gone, by how far each letter had come.

        Args:
            why: the beginning of a sentence for people.

        Returns:
            A letter that may be begun again on another connection without asking: the server had not accepted
            even its sender, and it was not the first of this connection (which could come round for ever).
        """
        handed, named, refusal, held = self._handed, self._named, self._refusal, self.held
        self._handed = self._named = self._refusal = None
        self.held, self.is_over = b"", True
        self._expected.clear()
        self._unsent.clear()
        if handed is not None and held:
            self._settle(Outcome(handed.seq, Verdict.TRY_LATER, None, f"{why}, before the letter was whole"))
        elif handed is not None:
            self._settle(
                Outcome(handed.seq, Verdict.UNCERTAIN, None, f"{why}, after the letter was handed over")
            )
        if named is None:
            return None
        if refusal is not None:
            self._settle(refusal)
        elif self._is_welcome or self._is_first:
            self._settle(
                Outcome(named.seq, Verdict.TRY_LATER, None, f"{why}, before the letter was handed over")
            )
        else:
            return named
        return None

    # -- replies, by what they answer; each returns what has to be written now

    def _on_reset(self, _code: int, _text: bytes) -> bytes:
        return b""

    def _on_mail(self, code: int, text: bytes) -> bytes:
        if 200 <= code < 300:
            self._is_welcome = True
            return b""
        return self._refuse(Phase.MAIL, code, text)

    def _on_rcpt(self, code: int, text: bytes) -> bytes:
        if 200 <= code < 300 or self._refusal is not None:
            return b""
        return self._refuse(Phase.RCPT, code, text)

    def _on_data(self, code: int, text: bytes) -> bytes:
        if self._refusal is None:
            return self._content() if code == 354 else self._refuse(Phase.DATA, code, text)
        self._tell_refusal()
        if code == 354:  # RFC 2920, 3.1: the letter has nobody to go to; end it, empty
            self._expected.append(Step.EMPTY_DOT)
            return END_OF_LETTER
        return self.begin()

    def _on_dot(self, code: int, text: bytes) -> bytes:
        parcel = self._handed
        if parcel is None:
            raise ProtocolError("The mail server answered for a letter that it was not handed")
        if self.held and code < 400:
            raise ProtocolError("The mail server accepted a letter before it was whole")
        self._handed = None
        if self.held:  # refused while the content was leaving: that counts, but the connection is spent
            self.held, self.is_over = b"", True
        if 200 <= code < 300:
            self._settle(Outcome(parcel.seq, Verdict.SENT, code, words(text)))
        else:
            self._settle(outcome_of(parcel, Phase.DOT, code, text))
            check_in_turn(code)
        return self.begin() if self._named is None else b""

    def _on_empty_dot(self, _code: int, _text: bytes) -> bytes:
        return self.begin()

    # -- what replies lead to

    def _name(self, parcel: Parcel, mail: str, rcpt: str) -> bytes:
        """Put a letter's envelope on its way: whole, or its first command."""
        self._named, self._refusal, self._is_welcome = parcel, None, False
        if self._is_pipelining and not self._needs_reset:  # nearly always
            self._expected.extend(_ENVELOPE)
            return f"{mail}{rcpt}DATA\r\n".encode()
        commands = [*zip(_ENVELOPE, (mail.encode(), rcpt.encode(), b"DATA\r\n"), strict=True)]
        if self._needs_reset:
            self._needs_reset = False
            commands.insert(0, (Step.RSET, b"RSET\r\n"))
        if self._is_pipelining:
            self._expected.extend([step for step, _ in commands])
            return b"".join([command for _, command in commands])
        self._unsent.extend(commands)
        step, first = self._unsent.popleft()
        self._expected.append(step)
        return first

    def _content(self) -> bytes:
        """Return the content of the named letter, thereby handed over, and the next letter's envelope."""
        parcel = self._open_letter()
        self._handed, self._named = parcel, None
        self._expected.append(Step.DOT)
        content = dot_stuffed(parcel.content) if parcel.has_leading_dots else parcel.content
        following = END_OF_LETTER + self.begin() if self._is_pipelining else END_OF_LETTER
        if len(content) > WHOLE_WRITE_BYTES:
            self.held = following
            return content
        self._hand_over(parcel.seq)
        return content + following

    def _refuse(self, phase: Phase, code: int, text: bytes) -> bytes:
        """Note that the named letter was refused; go on unless more answers about it are on their way."""
        self._refusal = outcome_of(self._open_letter(), phase, code, text)
        self._unsent.clear()
        check_in_turn(code)
        if self._expected or self.is_over:
            return b""
        self._tell_refusal()
        return self.begin()

    def _tell_refusal(self) -> None:
        """Settle the refused letter; the server may still have its sender, so the next begins with RSET."""
        if self._refusal is not None:
            self._settle(self._refusal)
        self._named = self._refusal = None
        self._needs_reset = True

    def _open_letter(self) -> Parcel:
        """Return the letter whose envelope is on the way."""
        if self._named is None:
            raise ProtocolError("The mail server answered about a letter that it was not told of")
        return self._named
