"""What became of a letter, in words for somebody who has never read an SMTP reply."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SKIP_WORDS = {
    "no_address": "no address",
    "suppressed": "suppressed address",
    "opted_out": "opted out",
}
FAIL_WORDS = {
    "address": "refused by their server",
    "poison": "could not be written",
    "gave_up": "given up after many tries",
}
DOUBT_WORDS = {
    "left": "looked at, left as it is",
    "resent": "sent again",
}
EVENT_WORDS = {
    "failed": "Failed",
    "deferred": "Put off",
    "uncertain": "Uncertain",
    "skipped": "Left out",
    "resent": "Sent again",
}
# RFC 3463: the subject and detail digits of an enhanced status code; the class says for now (4) or for good (5).
STATUS_WORDS = {
    "1.1": "The mailbox does not exist.",
    "1.2": "The domain does not exist.",
    "1.3": "The address is not written as their server wants it.",
    "1.6": "The mailbox has moved and left no new address.",
    "1.8": "Their server does not accept our sender's domain.",
    "1.10": "Their domain does not take mail at all.",
    "2.0": "There is something wrong with the mailbox.",
    "2.1": "The mailbox is switched off.",
    "2.2": "The mailbox is full.",
    "2.3": "The letter is too large for the mailbox.",
    "3.0": "Their mail system has a fault.",
    "3.1": "Their mail system has no room left.",
    "3.2": "Their mail system takes no letters at the moment.",
    "3.4": "The letter is too large for their server.",
    "4.1": "Their server did not answer.",
    "4.2": "The connection to their server broke.",
    "4.4": "Nobody knows where mail for their domain goes.",
    "4.7": "Their server kept the letter too long and gave up.",
    "5.0": "Their server did not understand ours.",
    "6.0": "Their server does not like how the letter is made.",
    "7.0": "Their server refuses our mail for reasons of its own.",
    "7.1": "Their server's rules forbid our letter.",
    "7.26": "Their server could not verify that the letter is from us.",
}
_FIELD = re.compile(
    r"""\{\{\s*(?P<field>[\w.]+)\s*(?:\|\s*default\(\s*["'](?P<fallback>[^"']*)["']\s*\)\s*)?\}\}"""
)
_LOGIC = re.compile(r"\{%.*?%\}")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"(?:^|\b)([45])\d\d\b")
_GREY = re.compile(r"gr[ae]y-?list", re.IGNORECASE)
_PARTICULAR = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?|\b[0-9a-f-]{8,}\b|\d{3,}", re.IGNORECASE)


def readable_subject(subject: str, constants: Mapping[str, str | None]) -> str:
    """Return a subject as written for lists: values that are the same for all filled in, others by their fallback.

    Args:
        subject: with its template tags.
        constants: values of a shoot's constant merge fields.
    """

    def fill(tag: re.Match[str]) -> str:
        return constants.get(tag["field"]) or tag["fallback"] or "…"

    return " ".join(_LOGIC.sub("", _FIELD.sub(fill, subject)).split()) or "(no subject)"


def reason_words(state: str, reason: str | None) -> str:
    """Return why a letter was skipped or failed, or what was decided, in a few words; empty where nothing was."""
    shelf = {"skipped": SKIP_WORDS, "uncertain": DOUBT_WORDS}.get(state, FAIL_WORDS)
    return shelf.get(reason or "", (reason or "").replace("_", " "))


def explain_reply(detail: str) -> str:
    """Return what a server's reply means, in a sentence; empty where only the reply itself says it.

    Args:
        detail: what was written down: the reply, perhaps led by words of ours.
    """
    if _GREY.search(detail):
        return "Their server asks strangers to come back later (greylisting)."
    found = _STATUS.search(detail)
    if found:
        words = STATUS_WORDS.get(f"{found[2]}.{found[3]}") or STATUS_WORDS.get(f"{found[2]}.0", "")
        if words:
            return words
    code = _CODE.search(detail)
    if code:
        return "Their server asks to try later." if code[1] == "4" else "Their server refuses the letter."
    return ""


@dataclass(frozen=True, slots=True)
class Kind:
    """Mishaps that say the same but for addresses and numbers: how many, and the latest of them."""

    type: str
    meaning: str
    detail: str
    count: int
    latest: int  # index in the sequence that was sorted, which is newest first


def sort_mishaps(mishaps: Sequence[tuple[str, str]], most: int = 5) -> list[Kind]:
    """Return what went wrong, each kind once, the latest first.

    Args:
        mishaps: (type, detail), newest first.
        most: how many kinds at most.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for index, (type_, detail) in enumerate(mishaps):
        found.setdefault((type_, _PARTICULAR.sub("…", detail)), []).append(index)
    kinds = []
    for (type_, _), indexes in list(found.items())[:most]:
        detail = mishaps[indexes[0]][1]
        kinds.append(Kind(type_, explain_reply(detail), detail, len(indexes), indexes[0]))
    return kinds
