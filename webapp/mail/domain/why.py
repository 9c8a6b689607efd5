"""Why somebody did or did not get a letter, in sentences that staff can say on the telephone."""

from dataclasses import dataclass

from webapp.mail.domain.report_words import explain_reply


@dataclass(frozen=True, slots=True)
class Why:
    """An answer to “why did(n't) they get it?”.

    Args:
        did_get: True, False, or None where nobody knows yet or at all.
        sentence: what happened.
        advice: what can be done, "" for nothing.
    """

    did_get: bool | None
    sentence: str
    advice: str = ""


_SKIPPED = {
    "no_address": Why(
        False, "We have no address of theirs.", "Write their address down, then send it again."
    ),
    "suppressed": Why(
        False,
        "Nothing is sent to their address: mail to it came back, or they complained.",
        "Ask them for another address.",
    ),
    "opted_out": Why(
        False,
        "They asked not to get such letters.",
        "Only they should change that, by the link in any letter.",
    ),
}
_FAILED = {
    "address": Why(
        False, "Their mail server refused it.", "Ask them whether the address is right, then send it again."
    ),
    "poison": Why(
        False,
        "The letter could not be written for them: something in their name or details cannot go into a letter.",
        "Look at their name and address here, then send it again.",
    ),
    "gave_up": Why(
        False, "Their mail server put it off until we gave up.", "Send it again when their server is well."
    ),
}
_WAITING = {
    "paused": "It waits: the shoot is paused.",
    "scheduled": "It waits for the time it was planned for.",
    "preparing": "It is about to be sent.",
    "halted": "It waits: the shoot was halted, and somebody has to decide.",
    "missed": "It waits: its time passed, and somebody has to decide.",
}
_PLAIN = {
    "sent": Why(
        True,
        "Their mail server, or the one that we send by, has taken it.",
        "If they do not see it, it is in their spam folder or was sorted away.",
    ),
    "delivered": Why(
        True, "Their mail server has taken it.", "If they do not see it, look in the spam folder."
    ),
    "sending": Why(None, "It is being handed over right now."),
    "cancelled": Why(False, "Somebody cancelled the shoot before this letter left."),
    "uncertain": Why(
        None,
        "Nobody can know: the connection broke just as it was handed over.",
        "Ask them; send it again only if they did not get it.",
    ),
}


def explain_letter(
    state: str, reason: str | None, detail: str | None, shoot_state: str, held: str = ""
) -> Why:
    """Return why somebody did or did not get a letter.

    Args:
        state: of the letter, an ``EmailState``.
        reason: why it was skipped or failed.
        detail: what the other side said.
        shoot_state: of its shoot, which a waiting letter waits for.
        held: what else it waits for, from `held_back`.
    """
    said = explain_reply(detail or "")
    if state == "skipped":
        return _SKIPPED.get(reason or "", Why(False, "It was left out on purpose."))
    if state == "failed":
        why = _FAILED.get(reason or "", Why(False, "It could not be sent."))
        return Why(why.did_get, f"{why.sentence} {said}".strip(), why.advice)
    if state == "deferred":
        return Why(None, f"Their mail server wants it later, and we try again. {said}".strip())
    if state == "pending":
        return Why(None, _WAITING.get(shoot_state, held or "It is about to be sent."))
    return _PLAIN.get(state, Why(None, f"It is {state}."))
