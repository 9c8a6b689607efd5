"""Keep a list in step with another service, both ways, in batches that can be taken up again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func

from webapp.core.database import db
from webapp.core.errors import PostroomError, StaffError
from webapp.core.move import move
from webapp.core.transaction import transaction
from webapp.people.domain.addresses import normalise_address, normalise_name
from webapp.programme.actions.newsletter import Where, enter, put_on, take_off
from webapp.programme.domain.newsletter import Deed
from webapp.programme.domain.remote_lists import (
    Decision,
    Member,
    MemberState,
    RemoteError,
    RemoteList,
    decide,
)
from webapp.programme.domain.subscription_states import REMOTE_MACHINE, RemoteState, SubscriptionState
from webapp.programme.models.newsletter import NewsletterList
from webapp.programme.queries.newsletter import (
    find_subscription,
    has_confirmed_since,
    has_opted_out,
)
from webapp.programme.queries.newsletter_sync import LEASE, claim_due_list, find_to_tell
from webapp.programme.queries.strangers import know_person

PLACE = "Mailchimp"
BATCH = 200  # members of a page, and of a stretch that is told
OVERLAP = timedelta(minutes=10)  # clocks differ, and what was told twice does no harm
EVERY, RETRY = timedelta(minutes=15), timedelta(minutes=5)


def claim_list(now: datetime) -> NewsletterList | None:
    """Take a list that is due for oneself, until the lease ends; None where none is due."""
    with transaction():
        row = claim_due_list()
        if row is None:
            return None
        if row.remote_state != RemoteState.RUNNING:
            move(row, REMOTE_MACHINE, RemoteState.RUNNING, "remote_state", remote_error="")
        report = dict(row.remote_report)
        if report.get("phase") in {None, "done"}:
            report = {"phase": "pull", "offset": 0, "after": 0, "began": now.isoformat(), "counts": {}}
        row.remote_report = report
        row.remote_lease_until = func.now() + LEASE  # the database's clock
        return row


def fail_list(list_id: int, error: RemoteError | PostroomError, now: datetime) -> None:
    """Write down why a list could not be synced; what may pass is tried again by itself."""
    is_passing = isinstance(error, RemoteError) and error.is_passing
    wait = timedelta(seconds=error.retry_after or 0) if isinstance(error, RemoteError) else timedelta(0)
    with transaction() as session:
        move(
            session.get_one(NewsletterList, list_id, populate_existing=True),
            REMOTE_MACHINE,
            RemoteState.FAILED,
            "remote_state",
            remote_error=error.message,
            remote_lease_until=None,
            remote_next_at=now + max(wait, RETRY) if is_passing else None,
        )


def sync_list(
    list_id: int, service: RemoteList, now: datetime, must_stop: Callable[[], bool], *, batch: int = BATCH
) -> None:
    """Bring a claimed list and its other life in step: first what was said there, then what was said here.

    After each batch the place reached is stored, so whoever comes next goes on from there. No transaction is
    open while the network is waited for.

    Args:
        list_id: a list that ``claim_list`` gave.
        service: the list at the other service, opened.
        now: the time.
        must_stop: says when to hand back the rest.
        batch: how many members at once.
    """
    try:
        while True:
            row = db.session.get_one(NewsletterList, list_id, populate_existing=True)
            if row.remote_state != RemoteState.RUNNING:
                return  # somebody has switched it off
            report = dict(row.remote_report)
            if report["phase"] == "done":
                break
            if must_stop():
                _hand_back(list_id)
                return
            since = row.remote_at - OVERLAP if row.remote_at else None
            step = _pull if report["phase"] == "pull" else _push
            _keep(list_id, step(row, service, report, since, now, batch))
    except RemoteError as error:
        db.session.rollback()
        fail_list(list_id, error, now)
        return
    _finish(list_id, now)


def _keep(list_id: int, report: dict[str, Any]) -> None:
    """Store the place reached, and stay the one who does it."""
    with transaction() as session:
        row = session.get_one(NewsletterList, list_id, with_for_update=True, populate_existing=True)
        row.remote_report = report
        row.remote_lease_until = func.now() + LEASE  # the database's clock


def _hand_back(list_id: int) -> None:
    with transaction() as session:
        row = session.get_one(NewsletterList, list_id, populate_existing=True)
        move(row, REMOTE_MACHINE, RemoteState.DUE, "remote_state", remote_lease_until=None)


def _finish(list_id: int, now: datetime) -> None:
    with transaction() as session:
        row = session.get_one(NewsletterList, list_id, populate_existing=True)
        move(
            row,
            REMOTE_MACHINE,
            RemoteState.IDLE,
            "remote_state",
            remote_at=datetime.fromisoformat(str(row.remote_report["began"])),
            remote_next_at=now + EVERY,
            remote_lease_until=None,
        )


def _pull(
    row: NewsletterList,
    service: RemoteList,
    report: dict[str, Any],
    since: datetime | None,
    now: datetime,
    batch: int,
) -> dict[str, Any]:
    """Take one page of what was said there; whoever said no here is taken off there at once."""
    page = service.fetch(since, report["offset"], batch)
    db.session.rollback()
    refused: list[str] = []
    with transaction() as session:
        here = session.get_one(NewsletterList, row.id)
        for member in page.members:
            decision = _take(here, member, now)
            _count(report, decision.value)
            if decision == Decision.TAKE_OFF_THERE:
                refused.append(member.address)
    moved = sum(_tell(service, report, address, "", is_on=False) is not None for address in refused)
    # whoever was just changed there stands at the end now, so those behind them have moved up
    offset = report["offset"] + len(page.members) - moved
    is_last = not page.members or report["offset"] + len(page.members) >= page.total
    return {**report, "offset": offset, "phase": "push" if is_last else "pull"}


def _take(row: NewsletterList, member: Member, now: datetime) -> Decision:
    """Do what follows here from a member's state there; in the open transaction."""
    try:
        address = normalise_address(member.address)
    except StaffError:
        return Decision.NOTHING
    if member.state in {MemberState.PENDING, MemberState.OTHER}:
        return Decision.NOTHING
    person_id = know_person(address, normalise_name(member.name)[:200])
    subscription = find_subscription(row.id, person_id, for_update=True)
    state = SubscriptionState(subscription.state) if subscription else None
    decision = decide(state, member.state, is_stopped=has_opted_out(person_id, row.programme_id))
    changed = member.changed_at
    where = Where(PLACE, {"state": member.state.value, "changed_at": changed.isoformat() if changed else ""})
    if decision == Decision.TAKE_OFF_HERE:
        if subscription and changed and has_confirmed_since(row.id, person_id, changed):
            return Decision.NOTHING  # they left there, and came back here afterwards, by a letter
        subscription = subscription or enter(row, person_id, where, locale="", now=now)
        is_bounced = member.state == MemberState.CLEANED and state == SubscriptionState.SUBSCRIBED
        to = SubscriptionState.BOUNCED if is_bounced else SubscriptionState.UNSUBSCRIBED
        take_off(subscription, row, where, now=now, to=to)
    if decision == Decision.PUT_ON_HERE:
        subscription = subscription or enter(row, person_id, where, locale="", now=now)
        put_on(subscription, row, where, Deed.IMPORTED, now=now)
    return decision


def _push(
    row: NewsletterList,
    service: RemoteList,
    report: dict[str, Any],
    since: datetime | None,
    now: datetime,
    batch: int,
) -> dict[str, Any]:
    """Tell one stretch of what was said here; a no that was said there in the meantime is obeyed here."""
    found = find_to_tell(row, since, report["after"], batch)
    db.session.rollback()
    for subscription_id, address, name, is_on in found:
        member = _tell(service, report, address, name, is_on=is_on)
        if member is not None and is_on and member.state != MemberState.SUBSCRIBED:
            with transaction() as session:
                _take(session.get_one(NewsletterList, row.id), member, now)
            db.session.rollback()
        report["after"] = subscription_id
    return {**report, "phase": "push" if len(found) == batch else "done"}


def _tell(
    service: RemoteList, report: dict[str, Any], address: str, name: str, *, is_on: bool
) -> Member | None:
    """Tell the other service of somebody; one that it refuses does not stop the rest."""
    try:
        member = service.put(address, name, is_subscribed=is_on)
    except RemoteError as error:
        if not error.is_about_member:
            raise
        _count(report, "refused there")
        return None
    _count(report, "told")
    return member


def _count(report: dict[str, Any], what: str) -> None:
    counts = dict(report["counts"])
    counts[what] = counts.get(what, 0) + 1
    report["counts"] = counts
