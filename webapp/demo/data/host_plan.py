"""What an application to host of the demo is: who asks for which place, when, and what support made of it."""

from dataclasses import dataclass, field

ADMIN, SUPPORT = "admin@demo.test", "support@demo.test"
Team = tuple[tuple[str, str], ...]  # address and name, the lead first


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was done to an application.

    Args:
        days_ago: when.
        deed: a triage action's name, or comment, assign, withdraw_by_link, accept_into.
        words: what was written with it.
        by: whose account; the lead's link needs none.
        note: personal words in the letter.
    """

    days_ago: float
    deed: str
    words: str = ""
    by: str = SUPPORT
    note: str = ""


@dataclass(frozen=True, slots=True)
class HostPlan:
    """One application.

    Args:
        key: under which the rest of the demo speaks of it.
        city, country: as typed.
        days_ago: when it was sent.
        days_ahead: its date, from today.
        team: the lead first; behind the organizers of the event that is claimed or that came of it.
        steps: what was done to it since, in order.
        answers: by key of ``HOST_QUESTIONS``.
        locale: in which it was filled in.
        is_month: only the month was said.
        format: in_person or remote.
        claimed: slug of the event that a returning team names.
        becomes: slug of the event that accepting it made.
    """

    key: str
    city: str
    country: str
    days_ago: float
    days_ahead: int
    team: Team
    steps: tuple[Step, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    locale: str = "en"
    is_month: bool = False
    format: str = "in_person"
    claimed: str | None = None
    becomes: str | None = None
