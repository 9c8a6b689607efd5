"""When an application to host is refused, each refusal as a sentence with its field; and dates known in part."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from webapp.core.errors import StaffError
from webapp.core.words import say

DATE, LEAD = "date", "organizers-0-email"  # the fields that refusals belong to


class DatePrecision(StrEnum):
    """How exactly a day is known."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, or a month of which the day is not known yet.

    Args:
        first: the day; of a month its first day.
        precision: which of both.
    """

    first: date
    precision: DatePrecision = DatePrecision.DAY

    @property
    def last(self) -> date:
        """Return the latest day that it can be."""
        if self.precision is DatePrecision.DAY:
            return self.first
        return self.first.replace(day=calendar.monthrange(self.first.year, self.first.month)[1])


def read_partial_date(year: str, month: str, day: str = "") -> PartialDate:
    """Read a date as typed in three boxes; the day may be left empty.

    Raises:
        StaffError: month or year is missing, or there is no such day.
    """
    if not year.strip() or not month.strip():
        raise StaffError(say("Say at least the month and the year."), field=DATE)
    try:
        numbers = [int(part) for part in (year, month, day.strip() or "1")]
        first = date(*numbers)
    except (ValueError, OverflowError) as error:
        raise StaffError(say("There is no such day. Check it against a calendar."), field=DATE) from error
    return PartialDate(first, DatePrecision.DAY if day.strip() else DatePrecision.MONTH)


@dataclass(frozen=True, slots=True)
class HostLimits:
    """What a programme asks for, in days.

    Args:
        min_lead_days: from applying to the event.
        min_gap_days: between two events of one lead organizer.
        open_application_days: for so long a new application keeps its lead from sending another.
    """

    min_lead_days: int
    min_gap_days: int
    open_application_days: int


@dataclass(frozen=True, slots=True)
class EarlierApplication:
    """One that the same lead sent before.

    Args:
        reference: by which they know it.
        sent_at: when.
        is_new: nobody has looked at it yet.
        accepted_for: the day of its event, if it was accepted; an unknown day counts as the 1st.
    """

    reference: str
    sent_at: datetime
    is_new: bool
    accepted_for: date | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an application cannot be taken.

    Args:
        field: of the form.
        sentence: what is wrong and what to do.
    """

    field: str
    sentence: str


class HostRefusedError(StaffError):
    """An application breaks rules; all of them are named, so that nobody mends one to meet the next.

    Args:
        refusals: at least one.
    """

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(" ".join(r.sentence for r in refusals), field=refusals[0].field)
        self.refusals = tuple(refusals)


def refuse_date(proposed: PartialDate, today: date, limits: HostLimits) -> Refusal | None:
    """Return why a date is too early, None when it is not; a month will do if its last day does."""
    if proposed.last <= today:
        return Refusal(DATE, say("This date is over. Choose one in the future."))
    earliest = today + timedelta(days=limits.min_lead_days)
    if proposed.last < earliest:
        return Refusal(
            DATE,
            say(
                "Preparing takes time: choose a date at least %(days)s days from now, that is %(day)s or later.",
                days=limits.min_lead_days,
                day=earliest,
            ),
        )
    return None


def refuse_lead(
    proposed: PartialDate, earlier: Sequence[EarlierApplication], now: datetime, limits: HostLimits
) -> list[Refusal]:
    """Return why what the lead organizer sent before is in the way of this application.

    Args:
        proposed: when the event would be.
        earlier: what the same person sent to the programme as lead.
        now: when it is asked.
        limits: of the programme.
    """
    found = []
    for one in earlier:
        age = now - one.sent_at
        if one.is_new and age < timedelta(days=limits.open_application_days):
            found.append(
                Refusal(
                    LEAD,
                    say(
                        "You already have an open application, %(reference)s. We answer it first; write to us if"
                        " something in it has changed.",
                        reference=one.reference,
                    ),
                )
            )
        if one.accepted_for is not None and _is_close(proposed, one.accepted_for, limits.min_gap_days):
            found.append(
                Refusal(
                    DATE,
                    say(
                        "Between two events of one organizer lie at least %(days)s days, and yours of %(day)s is"
                        " nearer. Choose another date.",
                        days=limits.min_gap_days,
                        day=one.accepted_for,
                    ),
                )
            )
    return found


def _is_close(proposed: PartialDate, other: date, days: int) -> bool:
    """Say whether no day that the date can be is far enough from another one, before or after it."""
    gap = timedelta(days=days)
    return proposed.last - other < gap and other - proposed.first < gap
