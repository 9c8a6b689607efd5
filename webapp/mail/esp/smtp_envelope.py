"""How one letter is put to an SMTP server: its envelope commands and its content as bytes for the wire."""

import re
from dataclasses import dataclass

from webapp.mail.domain.parcel import Outcome, Parcel, Verdict

_UNFIT = re.compile(r"[\x00-\x20\x7f<>]")  # nothing that could end a command early gets near the wire


@dataclass(frozen=True, slots=True)
class Offers:
    """What a server offered in EHLO, as far as it matters to letters.

    Args:
        is_pipelining: RFC 2920.
        has_size: RFC 1870; ``most_bytes`` is its limit, 0 for none.
        is_smtputf8: RFC 6531.
    """

    is_pipelining: bool = False
    has_size: bool = False
    most_bytes: int = 0
    is_smtputf8: bool = False


class Envelopes:
    """Writes envelopes for a server that offers these things."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers
        self._senders: dict[str, str | None] = {}

    def address(self, parcel: Parcel) -> tuple[str, str] | Outcome:
        """Return MAIL and RCPT, with line ends; or the outcome when the server need not be asked.

        A domain has to be in its ASCII form already (``xn--``), or the letter fails here, with a sentence.
        """
        offers, sender, recipient = self._offers, parcel.sender, parcel.recipient
        if sender not in self._senders:
            self._senders[sender] = None if _UNFIT.search(sender) else f"MAIL FROM:<{sender}>"
        mail = self._senders[sender]
        if mail is None:
            return _refused(
                parcel, 553, "The sender's address contains characters that no address may contain"
            )
        if not recipient or _UNFIT.search(recipient):
            return _refused(
                parcel, 553, "The address is empty or contains characters that no address may contain"
            )
        if offers.has_size:
            size, most = len(parcel.content), offers.most_bytes
            if 0 < most < size:
                return _refused(
                    parcel, 552, f"The letter has {size} bytes, the mail server takes at most {most}"
                )
            mail = f"{mail} SIZE={size}"
        if not (recipient.isascii() and sender.isascii()):
            if not offers.is_smtputf8:
                words = "The mail server takes no addresses with characters outside ASCII (SMTPUTF8)"
                return _refused(parcel, 553, words)
            mail = f"{mail} SMTPUTF8"
        return f"{mail}\r\n", f"RCPT TO:<{recipient}>\r\n"


def _refused(parcel: Parcel, code: int, sentence: str) -> Outcome:
    """Return the outcome of a letter that fails alone."""
    return Outcome(parcel.seq, Verdict.THIS_ADDRESS, code, sentence)


def dot_stuffed(content: bytes) -> bytes:
    """Return content ready for DATA: dots at line starts doubled (RFC 5321, 4.5.2), its last line ended."""
    if b"\r\n." in content:
        content = content.replace(b"\r\n.", b"\r\n..")
    if content.startswith(b"."):
        content = b"." + content
    return content if content.endswith(b"\r\n") else content + b"\r\n"
