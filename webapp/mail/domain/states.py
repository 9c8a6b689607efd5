"""The states of shoots and letters, and which may follow which. Every odd move names who causes it."""

from enum import StrEnum

from webapp.core.machine import Machine


class LetterState(StrEnum):
    """How far a letter's words are. Only a ready one can be sent."""

    DRAFT = "draft"
    READY = "ready"
    SENT = "sent"  # a shoot was made of it; from then on it is only ever copied
    ARCHIVED = "archived"


LETTER_MACHINE = Machine(
    "letter",
    {
        LetterState.DRAFT: frozenset({LetterState.READY, LetterState.ARCHIVED}),
        # any later edit makes it a draft again
        LetterState.READY: frozenset({LetterState.DRAFT, LetterState.SENT, LetterState.ARCHIVED}),
        LetterState.SENT: frozenset(),
        LetterState.ARCHIVED: frozenset({LetterState.DRAFT}),
    },
)


class ShootState(StrEnum):
    """One send of a letter to an audience."""

    HELD = "held"  # its rows are written; it waits for the end of the undo time, or for a gate to open
    SCHEDULED = "scheduled"
    PREPARING = "preparing"  # a worker freezes the audience into rows
    SENDING = "sending"
    PAUSED = "paused"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"  # the audience was empty
    MISSED = "missed"  # its time passed while nobody was there to send it; a person decides
    HALTED = "halted"  # a guard stopped it; a person decides


SHOOT_MACHINE = Machine(
    "shoot",
    {
        # completed: every letter of it was cancelled one by one
        ShootState.HELD: frozenset({ShootState.SENDING, ShootState.CANCELLED, ShootState.COMPLETED}),
        # straight to preparing also when a person will not wait
        ShootState.SCHEDULED: frozenset({ShootState.PREPARING, ShootState.CANCELLED, ShootState.MISSED}),
        ShootState.PREPARING: frozenset(
            {
                ShootState.SENDING,
                ShootState.SKIPPED,
                ShootState.CANCELLED,
                ShootState.HALTED,
                ShootState.PAUSED,
            }
        ),
        ShootState.SENDING: frozenset(
            {ShootState.PAUSED, ShootState.COMPLETED, ShootState.CANCELLED, ShootState.HALTED}
        ),
        # to preparing: it was stopped before its audience was frozen
        ShootState.PAUSED: frozenset({ShootState.SENDING, ShootState.PREPARING, ShootState.CANCELLED}),
        ShootState.HALTED: frozenset({ShootState.SENDING, ShootState.PREPARING, ShootState.CANCELLED}),
        # a person sends a missed one after all, or lets it be
        ShootState.MISSED: frozenset({ShootState.PREPARING, ShootState.CANCELLED}),
        ShootState.COMPLETED: frozenset(),
        ShootState.CANCELLED: frozenset(),
        ShootState.SKIPPED: frozenset(),
    },
)


class EmailState(StrEnum):
    """One letter to one recipient."""

    PENDING = "pending"
    SENDING = "sending"  # handed to a carrier, or about to be, by the holder of the chunk's lease
    DEFERRED = "deferred"  # the other side said: try later
    SENT = "sent"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"  # handed over, and nobody can know whether it was taken


EMAIL_MACHINE = Machine(
    "letter",
    {
        # from pending and deferred to uncertain: a backup was restored, and it may have left since that was taken
        EmailState.PENDING: frozenset(
            {
                EmailState.SENDING,
                EmailState.SKIPPED,
                EmailState.CANCELLED,
                EmailState.FAILED,
                EmailState.UNCERTAIN,
            }
        ),
        EmailState.SENDING: frozenset(
            {
                EmailState.SENT,
                EmailState.FAILED,
                EmailState.DEFERRED,
                EmailState.UNCERTAIN,
                # taken back before it was handed over: pause, worker told to stop, carrier down
                EmailState.PENDING,
            }
        ),
        EmailState.DEFERRED: frozenset(
            {
                EmailState.SENDING,
                EmailState.SKIPPED,
                EmailState.CANCELLED,
                EmailState.FAILED,
                EmailState.UNCERTAIN,
            }
        ),
        EmailState.SENT: frozenset(),
        EmailState.SKIPPED: frozenset(),
        EmailState.FAILED: frozenset(),
        EmailState.CANCELLED: frozenset(),
        # only a person, or later evidence, moves it
        EmailState.UNCERTAIN: frozenset({EmailState.SENT, EmailState.FAILED, EmailState.CANCELLED}),
    },
)

REMAINING = (EmailState.PENDING, EmailState.SENDING, EmailState.DEFERRED)


class SkipReason(StrEnum):
    """Why somebody of the audience is not written to."""

    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"


class FailReason(StrEnum):
    """Why a letter did not leave."""

    ADDRESS = "address"  # refused for good by the other side
    POISON = "poison"  # this recipient's data cannot be put into a letter
    GAVE_UP = "gave_up"  # tried as often as is decent


class UncertainReason(StrEnum):
    """What a person decided about an uncertain letter; none while nobody has. It stays uncertain either way."""

    LEFT = "left"  # somebody looked and left it as it is
    RESENT = "resent"  # it was sent again, as a letter of its own


class Lane(StrEnum):
    """Which workers carry a shoot: one that somebody is waiting for never stands behind a big one."""

    URGENT = "urgent"
    BULK = "bulk"


class ShootKind(StrEnum):
    """What the law and the recipients take it for."""

    BULK = "bulk"  # carries the opt-out, and obeys it
    ESSENTIAL = "essential"  # passes opt-outs, and says why
    TEST = "test"  # to its author
