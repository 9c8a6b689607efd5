"""Mail by rule as a calendar: a month of what is due, sent, left out and missed; as an agenda on a phone."""

import re
from calendar import Calendar
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template, request, url_for

from webapp.core.clock import now
from webapp.programme.domain.rule_states import RunState
from webapp.programme.domain.rules import RULES
from webapp.programme.models.programme import Event
from webapp.programme.models.rule import RuleRun
from webapp.programme.queries.events import find_events, find_programmes
from webapp.programme.queries.rules_calendar import (
    TROUBLED,
    count_undated_runs,
    find_runs_between,
    find_troubled_runs,
)
from webapp.programme.queries.rules_runs import count_runs
from webapp.web.staff.access import StaffBlueprint, current_scope
from webapp.web.staff.rules import STATES, read_filter, rule_label
from webapp.web.theme import reader_zone

blueprint = StaffBlueprint("rules_calendar", __name__, url_prefix="/rules/calendar")

MOST_RUNS = 1_000  # of a month
MOST_TROUBLED = 10
IN_A_DAY = 4  # shown in a day of the grid; the rest unfolds
YEARS = range(2000, 2101)
_MONTH = re.compile(r"(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the grid.

    Args:
        date: which.
        is_outside: it belongs to the month before or after.
        is_today: it is now, on the reader's clocks.
        runs: what is due then, the earliest first, each with its event and its time of day.
    """

    date: date
    is_outside: bool
    is_today: bool
    runs: list[tuple[RuleRun, Event, datetime]]


def read_month(text: str, today: date) -> date:
    """Return the first day of the month that an address names (``2027-03``), this month for anything else."""
    match = _MONTH.fullmatch(text) if text.isascii() else None
    year, month = (int(match[1]), int(match[2])) if match else (0, 0)
    return date(year, month, 1) if year in YEARS and 1 <= month <= 12 else today.replace(day=1)


def month_away(month: date, distance: int) -> str:
    """Return the month so many months away as addresses name it."""
    year, index = divmod(month.year * 12 + month.month - 1 + distance, 12)
    return f"{year:04}-{index + 1:02}"


def lay_out(month: date, today: date, zone: ZoneInfo, found: list[tuple[RuleRun, Event]]) -> list[list[Day]]:
    """Return the weeks of a month, Monday first, with the days beside it that fill them."""
    by_day: defaultdict[date, list[tuple[RuleRun, Event, datetime]]] = defaultdict(list)
    for run, event in found:
        if run.due_at is not None:
            local = run.due_at.astimezone(zone)
            by_day[local.date()].append((run, event, local))
    return [
        [Day(day, day.month != month.month, day == today, by_day[day]) for day in week]
        for week in Calendar(firstweekday=0).monthdatescalendar(month.year, month.month)
    ]


@blueprint.get("")
def index() -> str:
    """Show a month of runs: ``?month=2027-03 &programme= &event= &rule= &state=``."""
    scope, wanted, zone = current_scope(), read_filter(), reader_zone()
    today = now().astimezone(zone).date()
    month = read_month(request.args.get("month", ""), today)
    weeks = Calendar(firstweekday=0).monthdatescalendar(month.year, month.month)
    start = datetime.combine(weeks[0][0], time(), zone)
    end = datetime.combine(weeks[-1][-1] + timedelta(days=1), time(), zone)
    found = find_runs_between(scope, wanted, start, end, limit=MOST_RUNS)
    kept: dict[str, Any] = {
        "programme": wanted.programme_id,
        "event": wanted.event_id,
        "rule": wanted.rule,
        "state": wanted.state,
    }
    counts = count_runs(scope, wanted)
    laid = lay_out(month, today, zone, found)
    return render_template(
        "staff/rules/calendar.html",
        weeks=laid,
        days=[day for week in laid for day in week if day.runs and not day.is_outside],
        month=month,
        is_this_month=(month.year, month.month) == (today.year, today.month),
        previous_url=url_for(".index", **kept, month=month_away(month, -1)),
        next_url=url_for(".index", **kept, month=month_away(month, 1)),
        today_url=url_for(".index", **kept),
        is_cut=len(found) == MOST_RUNS,
        most=MOST_RUNS,
        in_a_day=IN_A_DAY,
        troubled=find_troubled_runs(scope, wanted, limit=MOST_TROUBLED),
        troubles=[
            (STATES[state], counts[state], url_for("rules.index", **{**kept, "state": state.value}))
            for state in TROUBLED
            if counts.get(state)
        ],
        zone=zone.key,
        undated_count=count_undated_runs(scope, wanted),
        list_url=url_for("rules.index", **kept),
        label=rule_label,
        states=STATES,
        wanted=wanted,
        is_filtered=any(kept.values()),
        programmes=find_programmes(scope),
        events=find_events(scope),
        rules=[rule for _, rule in RULES.items()],
        state_choices=[(state.value, STATES[state].label) for state in RunState],
    )
