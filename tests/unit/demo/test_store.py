"""Letters written to the file and found again."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.waiting import wait_until
from webapp.demo.store import Arrival, LetterStore
from webapp.demo.store_writer import LetterWriter


@contextmanager
def writing(path: Path, *, keep_count: int = 1000) -> Iterator[Callable[..., None]]:
    """Open a writer for a moment; what was added is on disk at the end."""
    failures: list[Exception] = []
    writer = LetterWriter(path, keep_count=keep_count, on_flushed=lambda: None, on_failed=failures.append)

    def add(*recipients: str, subject: str = "Hello", body: bytes = b"text") -> None:
        content = f"From: Zoë <zoe@post.example>\r\nSubject: {subject}\r\n\r\n".encode() + body
        writer.add(Arrival(time.time(), "bounces@post.example", recipients, content))

    yield add
    writer.close()
    assert not failures


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the letters lie; the # must not confuse the URI that SQLite is given."""
    return tmp_path / "in box#1.sqlite3"


def test_no_file_is_an_empty_inbox(path: Path) -> None:
    store = LetterStore(path)
    assert store.page() == []
    assert store.letter(1) is None
    assert (store.count_kept(), store.count_accepted()) == (0, 0)
    assert not path.exists()
    path.touch()
    assert store.page() == []


@pytest.mark.parametrize(
    ("subject", "search"),
    [
        ("Grüße aus Köln", "GRÜSSE köln"),
        ("Приглашение на встречу", "ВСТРЕЧУ"),
        ("数学の夏の学校へようこそ", "夏の学校"),
        ("ﬁnal letter", "final"),
        ("100% _sure_", "100% _sure_"),
        ("مرحبا بكم", "مرحبا"),
    ],
)
def test_search_in_any_script_and_letter_case(path: Path, subject: str, search: str) -> None:
    with writing(path) as add:
        add("ada@example.org", subject="Something else")
        add("bob@example.org", subject=subject)
    store = LetterStore(path)
    assert [letter.subject for letter in store.page(text=search)] == [subject]
    assert store.page(text=search + " nowhere") == []
    assert store.page(text="Zoë")[0].subject == subject
    assert store.page(text="BOB@")[0].subject == subject


def test_one_recipient_in_pages(path: Path) -> None:
    with writing(path) as add:
        for number in range(30):
            add("Ada@Example.org", f"p{number}@example.org", subject=str(number))
    store = LetterStore(path)
    first = store.page(recipient=" ada@example.ORG", limit=20)
    rest = store.page(recipient="ada@example.org", before_id=first[-1].id, limit=20)
    assert [letter.subject for letter in [*first, *rest]] == [str(number) for number in range(29, -1, -1)]
    assert {letter.rcpt_to for letter in first} == {"Ada@Example.org"}
    assert store.page(recipient="da@example.org") == []
    assert store.count_accepted() == 60


def test_a_recipient_is_found_by_index(path: Path) -> None:
    with writing(path) as add:
        add("ada@example.org")
    with closing(sqlite3.connect(path)) as database:
        plan = database.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM letters"
            " WHERE rcpt_key = 'a' AND id < 9 ORDER BY id DESC LIMIT 50"
        ).fetchall()
    assert "letters_by_recipient" in str(plan)
    assert "TEMP B-TREE" not in str(plan)


def test_letters_of_every_size_come_back_whole(path: Path) -> None:
    bodies = [bytes([number % 251]) * size for number, size in enumerate([0, 1, 300_000, 10, 262_144, 5] * 5)]
    with writing(path) as add:
        for number, body in enumerate(bodies):
            add("ada@example.org", "bob@example.org", subject=str(number), body=body)
    store = LetterStore(path)
    for letter in store.page(limit=100):
        whole = store.letter(letter.id)
        assert whole is not None
        assert whole[1].endswith(b"\r\n\r\n" + bodies[int(letter.subject)])
        assert len(whole[1]) == letter.size


def test_a_letter_is_on_disk_soon_without_closing(path: Path) -> None:
    with writing(path) as add:
        add("ada@example.org")
        wait_until(lambda: LetterStore(path).count_accepted() == 1, seconds=5)


def test_pruning_keeps_the_newest_and_their_blocks_only(path: Path) -> None:
    for _ in range(3):
        with writing(path, keep_count=10) as add:
            for number in range(100):
                add("ada@example.org", subject=str(number), body=b"x" * 50_000)
    store = LetterStore(path)
    assert (store.count_kept(), store.count_accepted()) == (10, 300)
    assert [letter.id for letter in store.page()] == list(range(300, 290, -1))
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM blocks").fetchone()[0] <= 10
    with writing(path, keep_count=3):
        pass
    assert store.count_kept() == 3


def test_a_file_of_another_version_begins_anew(path: Path) -> None:
    with writing(path) as add:
        add("ada@example.org")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    assert LetterStore(path).page() == []
    with writing(path) as add:
        add("bob@example.org")
    assert [letter.rcpt_to for letter in LetterStore(path).page()] == ["bob@example.org"]


def test_nobody_else_on_the_machine_can_read_it(path: Path) -> None:
    with writing(path) as add:
        add("ada@example.org")
        assert path.stat().st_mode & 0o077 == 0
