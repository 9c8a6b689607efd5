"""Makes the log that the bench of pages reads: one shoot of many letters in mid-air, and older ones around it."""

from dataclasses import dataclass

from sqlalchemy import text

from bench.people import make_event
from bench.send import send_shoot
from bench.staff import ADMINISTRATOR, make_staff
from webapp.core.database import db
from webapp.core.heartbeat import beat
from webapp.core.transaction import transaction
from webapp.mail.models.sender import Sender
from webapp.mail.queries.chunk import cut_chunks
from webapp.people.models.user import Role
from webapp.programme.models.programme import Event, Programme

SUPPORT = "support@example.org"
OLDER, NEWER = 30, 20
"""Smaller shoots asked for before and after the large one; every other one is not the supporter's to see."""
SHARE = 200
"""A smaller shoot has this part of the large one's letters."""

_LETTERS = """
INSERT INTO email_logs (shoot_id, seq, person_id, attempt, state, reason, address, name, merge_values, detail,
                        handed_at, settled_at, next_at)
SELECT :shoot, seq, person_id, attempt, state,
       CASE state WHEN 'failed' THEN 'address' WHEN 'skipped' THEN 'opted_out' END,
       email, name, (SELECT repeat(name || E'\\x1f', cardinality(fields)) FROM shoots WHERE id = :shoot),
       CASE state WHEN 'failed' THEN '550 5.1.1 No such mailbox here' WHEN 'deferred' THEN '452 4.2.2 Mailbox full' END,
       CASE WHEN attempt > 0 THEN now() - interval '1 hour' + seq * interval '1 ms' END,
       CASE WHEN state NOT IN ('pending', 'deferred') THEN now() - interval '1 hour' + seq * interval '1 ms' END,
       CASE state WHEN 'deferred' THEN now() + interval '20 minutes' END
FROM (
    SELECT *, CASE state WHEN 'pending' THEN 0 WHEN 'skipped' THEN 0 WHEN 'deferred' THEN 3 ELSE 1 END AS attempt
    FROM (
        SELECT *, CASE WHEN seq % 50 = 11 THEN 'skipped'
                       WHEN seq >= :handed THEN :rest
                       WHEN seq % 100 = 7 THEN 'failed'
                       WHEN seq % 5000 = 13 THEN 'uncertain'
                       WHEN seq % 50 = 3 AND :rest = 'pending' THEN 'deferred'
                       ELSE 'sent' END AS state
        FROM (
            SELECT p.id AS person_id, p.email, p.name, row_number() OVER (ORDER BY p.id) - 1 AS seq
            FROM memberships m JOIN people p ON p.id = m.person_id WHERE m.event_id = :event
        ) AS numbered
    ) AS fated
) AS tried
"""
_MISHAPS = """
INSERT INTO email_events (shoot_id, seq, at, type, detail)
SELECT shoot_id, seq, handed_at, state, coalesce(detail, 'The connection was lost.')
FROM email_logs, generate_series(1, attempt) WHERE state IN ('failed', 'deferred', 'uncertain')
ORDER BY handed_at
"""
_SAMPLES = """
INSERT INTO shoot_samples (shoot_id, at, settled_count)
SELECT :shoot, now() - (3600 - n) * interval '1 second', CAST(:handed AS bigint) * n / 3600
FROM generate_series(0, 3600) AS n
"""
_GUESTS = """
INSERT INTO memberships (person_id, programme_id, event_id, kind)
SELECT id, :programme, :event, 'registered' FROM people WHERE email LIKE 'p%@example.org' ORDER BY id LIMIT :number
"""


@dataclass(frozen=True, slots=True)
class LogWorld:
    """What there is to look at: the large shoot, its event and sender, how many letters it has, and all letters."""

    shoot_id: int
    event_id: int
    sender_id: int
    sister_event_id: int
    letters: int
    letters_in_all: int


def _make_place(programme_id: int | None, slug: str, number: int) -> tuple[int, int, int]:
    """Make an event with guests and its sender, and a programme where none is given; return their ids."""
    with transaction() as session:
        if programme_id is None:
            programme = Programme(slug=slug, name=f"Programme {slug}", postal_address="2 Main Street, Łódź")
            session.add(programme)
            session.flush()
            programme_id = programme.id
        sender = Sender(address=f"{slug}@example.org", display_name="Ewa z Łodzi")
        event = Event(programme_id=programme_id, slug=slug, name=f"Code Circle {slug}", city="Łódź")
        session.add_all([sender, event])
        session.flush()
        session.execute(
            text(_GUESTS), {"programme": programme_id, "event": event.id, "number": max(number // SHARE, 1)}
        )
        return programme_id, event.id, sender.id


def _make_shoot(ids: tuple[int, int, int], *, handed: int, rest: str, state: str) -> int:
    """Send a letter to everybody of an event, and write what became of it without sending any."""
    shoot_id = send_shoot(ids)
    values = {"shoot": shoot_id, "event": ids[1], "handed": handed, "rest": rest, "state": state}
    with transaction() as session:
        session.execute(text(_LETTERS), values)
        cut_chunks(shoot_id)
        session.execute(
            text(
                "UPDATE shoots SET state = :state, started_at = now() - interval '1 hour',"
                " completed_at = CASE WHEN CAST(:state AS varchar) <> 'sending' THEN now() - interval '1 minute' END"
                " WHERE id = :shoot"
            ),
            values,
        )
    return shoot_id


def make_log(number: int) -> LogWorld:
    """Make a shoot of so many letters, seven tenths of them handed over, among fifty smaller ones.

    Args:
        number: letters of the large shoot.
    """
    ids = make_event(number)
    sister = _make_place(ids[0], "sister", number)
    foreign = _make_place(None, "foreign", number)

    def make_small(count: int) -> None:
        for n in range(count):
            is_cancelled = n % 7 == 3
            _make_shoot(
                foreign if n % 2 else sister,
                handed=number // SHARE // 2 if is_cancelled else number,
                rest="cancelled" if is_cancelled else "sent",
                state="cancelled" if is_cancelled else "completed",
            )

    make_small(OLDER)
    handed = number * 7 // 10
    shoot_id = _make_shoot(ids, handed=handed, rest="pending", state="sending")
    make_small(NEWER)
    with transaction() as session:
        session.execute(text(_MISHAPS))
        session.execute(text(_SAMPLES), {"shoot": shoot_id, "handed": handed})
        session.execute(
            text(
                "UPDATE chunks SET owner = 'bench/1', lease_until = now() + interval '1 hour'"
                " WHERE shoot_id = :shoot AND number = :number"
            ),
            {"shoot": shoot_id, "number": handed // 1000},
        )
        beat("bench", "worker_bulk", host="bench")
    make_staff(ADMINISTRATOR, Role.ADMINISTRATOR, None)
    make_staff(SUPPORT, Role.SUPPORT, ids[0])
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as autovacuum leaves tables soon after
        letters_in_all = connection.execute(text("SELECT count(*) FROM email_logs")).scalar_one()
    return LogWorld(shoot_id, ids[1], ids[2], sister[1], number, letters_in_all)
