"""Proves that every letter and every shoot only moved as its table of transitions says.

The suite's own database gets triggers that write each change of a state into a table, in the order in which the
rows' locks were held. At the end each row's changes must begin with its first state, follow one another, be moves
of its machine, and end with the state that it has.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from webapp.core.database import db
from webapp.core.machine import Machine
from webapp.mail.domain.states import EMAIL_MACHINE, SHOOT_MACHINE, EmailState, ShootState

_FIRST_OF_LETTERS = {EmailState.PENDING, EmailState.SKIPPED}
_FIRST_OF_SHOOTS = {ShootState.SCHEDULED, ShootState.PREPARING, ShootState.HELD, ShootState.SENDING}

# A second hand-over of a letter that is already being sent changes no state, but its attempt: it is written, too.
_TRIGGERS = """
CREATE TABLE fault_moves (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shoot_id bigint NOT NULL, seq integer NOT NULL,
    before text, after text NOT NULL
);
CREATE FUNCTION fault_letters_made() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO fault_moves (shoot_id, seq, after) SELECT shoot_id, seq, state FROM fresh; RETURN NULL;
END $$;
CREATE FUNCTION fault_letters_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO fault_moves (shoot_id, seq, before, after)
    SELECT shoot_id, seq, was.state, fresh.state FROM was JOIN fresh USING (shoot_id, seq)
    WHERE was.state <> fresh.state OR was.attempt < fresh.attempt; RETURN NULL;
END $$;
CREATE FUNCTION fault_shoot_moved() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO fault_moves (shoot_id, seq, before, after)
    VALUES (NEW.id, -1, CASE WHEN TG_OP = 'UPDATE' THEN OLD.state END, NEW.state); RETURN NULL;
END $$;
CREATE TRIGGER fault_letters_made AFTER INSERT ON email_logs REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION fault_letters_made();
CREATE TRIGGER fault_letters_moved AFTER UPDATE ON email_logs REFERENCING OLD TABLE AS was NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION fault_letters_moved();
CREATE TRIGGER fault_shoot_made AFTER INSERT ON shoots
    FOR EACH ROW EXECUTE FUNCTION fault_shoot_moved();
CREATE TRIGGER fault_shoot_moved AFTER UPDATE ON shoots
    FOR EACH ROW WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION fault_shoot_moved();
"""
_MOVES = """
SELECT seq < 0 AS is_shoot, before, after, count(*) AS number, min(shoot_id) AS shoot_id, min(seq) AS seq
FROM fault_moves GROUP BY 1, 2, 3
"""
_LEAPS = """
SELECT shoot_id, seq, previous, before, after FROM (
    SELECT shoot_id, seq, before, after, lag(after) OVER (PARTITION BY shoot_id, seq ORDER BY id) AS previous
    FROM fault_moves
) AS moves WHERE before IS DISTINCT FROM previous LIMIT 5
"""
_ENDS = """
SELECT coalesce(l.shoot_id, m.shoot_id) AS shoot_id, coalesce(l.seq, m.seq) AS seq, l.state, m.after
FROM (SELECT shoot_id, seq, state FROM email_logs UNION ALL SELECT id, -1, state FROM shoots) AS l
FULL JOIN (
    SELECT DISTINCT ON (shoot_id, seq) shoot_id, seq, after FROM fault_moves ORDER BY shoot_id, seq, id DESC
) AS m USING (shoot_id, seq)
WHERE l.state IS DISTINCT FROM m.after LIMIT 5
"""


def watch_moves() -> None:
    """Begin to write every move down; once for a database."""
    with db.engine.begin() as connection:
        connection.execute(text(_TRIGGERS))


def forget_moves() -> None:
    """Begin anew."""
    with db.engine.begin() as connection:
        connection.execute(text("TRUNCATE fault_moves RESTART IDENTITY"))


def find_wrong_paths() -> list[str]:
    """Return what no row may have done, in words; nothing when every history is a path of its table."""
    with db.engine.connect() as connection:
        wrong = [words for move in connection.execute(text(_MOVES)) if (words := _judge(move))]
        wrong += _words("left a state that it was not in", connection.execute(text(_LEAPS)))
        wrong += _words("is not where its last move led", connection.execute(text(_ENDS)))
    return wrong


def _judge(move: Any) -> str | None:
    """Return what is wrong with a kind of move, if anything."""
    machine: Machine[Any] = SHOOT_MACHINE if move.is_shoot else EMAIL_MACHINE
    first: Iterable[str] = _FIRST_OF_SHOOTS if move.is_shoot else _FIRST_OF_LETTERS
    fits = move.after in first if move.before is None else machine.allows(move.before, move.after)
    if fits:
        return None
    who = f"{move.shoot_id}/{move.seq}"
    return f"{move.number} × {machine.name} {move.before} > {move.after}, for example {who}"


def _words(what: str, rows: Iterable[Any]) -> list[str]:
    return [f"{what}: {dict(row._mapping)}" for row in rows]
