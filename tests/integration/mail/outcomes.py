"""Gives letters of a shoot outcomes without sending them, for tests that watch and do not deliver."""

from collections.abc import Mapping

from sqlalchemy import text

from webapp.core.transaction import transaction
from webapp.mail.models.shoot import Shoot


def give_outcomes(shoot_id: int, outcomes: Mapping[int, tuple[str, str | None, str | None]]) -> None:
    """Give letters, by number, a state, a reason and what the other side said; handed over and settled now."""
    with transaction() as session:
        for seq, (state, reason, detail) in outcomes.items():
            session.execute(
                text(
                    "UPDATE email_logs SET state = CAST(:state AS text), reason = :reason, detail = :detail,"
                    " attempt = 1,"
                    " handed_at = date_trunc('second', now()),"
                    " settled_at = CASE WHEN CAST(:state AS text) = 'deferred' THEN NULL ELSE now() END,"
                    " next_at = CASE WHEN CAST(:state AS text) = 'deferred' THEN now() + interval '5 minutes' END"
                    " WHERE shoot_id = :shoot_id AND seq = :seq"
                ),
                {"state": state, "reason": reason, "detail": detail, "shoot_id": shoot_id, "seq": seq},
            )
            if state not in {"sent", "sending"}:
                session.execute(
                    text(
                        "INSERT INTO email_events (shoot_id, seq, type, detail)"
                        " VALUES (:shoot_id, :seq, :state, :detail)"
                    ),
                    {"shoot_id": shoot_id, "seq": seq, "state": state, "detail": detail or reason or ""},
                )


def put_in_state(shoot_id: int, state: str) -> None:
    """Put a shoot into a state as if it had got there; an ended one ended a minute ago."""
    with transaction() as session:
        shoot = session.get_one(Shoot, shoot_id)
        session.execute(
            text(
                "UPDATE shoots SET state = CAST(:state AS text),"
                " completed_at = CASE WHEN CAST(:state AS text) IN ('completed', 'cancelled')"
                " THEN now() - interval '1 minute' END WHERE id = :id"
            ),
            {"state": state, "id": shoot_id},
        )
        session.refresh(shoot)


def fill_with_rows(shoot_id: int, number: int, *, failed_every: int = 0) -> None:
    """Add people and sent letters to a shoot, very many at once; every so many-th failed."""
    with transaction() as session:
        session.execute(
            text(
                "WITH fresh AS (INSERT INTO people (email, name)"
                " SELECT 'many' || :shoot_id || '.' || i || '@example.org', 'Many ' || i"
                " FROM generate_series(1, :number) i RETURNING id, email, name),"
                " numbered AS (SELECT *, row_number() OVER (ORDER BY id) AS n FROM fresh),"
                " base AS (SELECT coalesce(max(seq) + 1, 0) AS seq FROM email_logs WHERE shoot_id = :shoot_id)"
                " INSERT INTO email_logs (shoot_id, seq, person_id, state, reason, address, name, merge_values,"
                " attempt, handed_at, settled_at)"
                " SELECT :shoot_id, base.seq + n - 1, id,"
                " CASE WHEN :every > 0 AND n % :every = 0 THEN 'failed' ELSE 'sent' END,"
                " CASE WHEN :every > 0 AND n % :every = 0 THEN 'address' END,"
                " email, name, name || E'\\x1f', 1, now(), now() FROM numbered, base"
            ),
            {"shoot_id": shoot_id, "number": number, "every": max(failed_every, 0) or 0},
        )
