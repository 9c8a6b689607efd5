"""What the states of shoots and letters are called on a page, and how serious each one looks."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Badge:
    """A state as people see it.

    Args:
        label: its word.
        tone: ``quiet``, ``busy``, ``good``, ``warn`` or ``bad``; the colour.
        icon: name in ``static/icons.svg``; so that it is never told by colour alone.
        meaning: one sentence, shown on pointing.
    """

    label: str
    tone: str
    icon: str
    meaning: str = ""


SHOOT = {
    "held": Badge(
        "Held", "quiet", "hourglass", "Its letters are written and wait; until then its cause can be undone."
    ),
    "pending": Badge("Draft", "quiet", "edit", "It is being set up and nothing is planned yet."),
    "scheduled": Badge("Scheduled", "busy", "clock", "It starts by itself at its time."),
    "preparing": Badge("Preparing", "busy", "hourglass", "The list of who gets it is being written down."),
    "sending": Badge("Sending", "busy", "send", "Workers are handing over letters now."),
    "paused": Badge("Paused", "warn", "pause", "Nothing more goes out until somebody resumes it."),
    "completed": Badge("Completed", "good", "check", "Every letter has an outcome and the sum balances."),
    "cancelled": Badge(
        "Cancelled", "quiet", "close", "Somebody stopped it; what was not sent never will be."
    ),
    "skipped": Badge("Empty", "quiet", "minus", "There was nobody to send it to."),
    "missed": Badge(
        "Missed", "bad", "alert", "Its time passed while nothing could send. Decide: now or never."
    ),
    "halted": Badge(
        "Halted", "bad", "stop", "A guard stopped it. Look at the failures, then resume or cancel."
    ),
}

LETTER = {
    "held": Badge("Held", "quiet", "pause", "It waits for somebody to release it."),
    "pending": Badge("Waiting", "quiet", "clock", "It waits for a worker."),
    "claimed": Badge("Taken", "busy", "hourglass", "A worker has taken it and is writing it."),
    "sending": Badge("Sending", "busy", "send", "It is being handed to the mail server."),
    "sent": Badge("Sent", "good", "check", "The mail server has taken it."),
    "delivered": Badge("Delivered", "good", "check-double", "The recipient's server has taken it."),
    "deferred": Badge("Delayed", "warn", "clock", "The recipient's server asked to try later."),
    "skipped": Badge("Skipped", "quiet", "minus", "It was left out on purpose; the reason is beside it."),
    "failed": Badge("Failed", "bad", "alert", "It could not be sent; the reason is beside it."),
    "cancelled": Badge("Cancelled", "quiet", "close", "It was stopped before it left."),
    "uncertain": Badge(
        "Uncertain", "warn", "question", "Nobody can know whether it left. It is never re-sent by itself."
    ),
    "bounced": Badge("Bounced", "bad", "return", "The recipient's server sent it back."),
    "dropped": Badge("Dropped", "bad", "alert", "The mail service took it and threw it away."),
}

OTHER = {
    "remaining": Badge("Remaining", "quiet", "clock", "Not handed over yet."),
    "active": Badge("Active", "good", "check"),
    "inactive": Badge("Inactive", "quiet", "minus"),
    "ready": Badge("Ready", "good", "check", "It can be sent."),
    "draft": Badge("Draft", "quiet", "edit", "It is still being written."),
    "released": Badge("Announced", "good", "check", "Its letters have left."),
    "undone": Badge("Taken back", "quiet", "return", "Nobody was told; everybody stands where they stood."),
    "running": Badge("Running", "busy", "hourglass"),
    "done": Badge("Done", "good", "check"),
    "opted_out": Badge("Opted out", "warn", "mail-off", "They asked not to get this."),
    "suppressed": Badge(
        "Suppressed", "warn", "mail-off", "Mail to this address came back; nothing is sent to it."
    ),
}


def badge_of(state: str, kind: str = "") -> Badge:
    """Return how a state is shown.

    Args:
        state: the value of a state column.
        kind: ``shoot`` or ``letter`` where the same word means two things; letters first when left out.
    """
    shelves = (SHOOT, LETTER, OTHER) if kind == "shoot" else (LETTER, SHOOT, OTHER)
    for shelf in shelves:
        if str(state) in shelf:
            return shelf[str(state)]
    return Badge(str(state).replace("_", " ").capitalize(), "quiet", "minus")
