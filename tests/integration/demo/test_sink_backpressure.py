"""The demo's mail server when its store is slower than its senders."""

import smtplib
import sqlite3
import threading
from contextlib import closing

from tests.integration.demo.conftest import RunningSink
from tests.waiting import wait_until
from webapp.demo.store_writer import FULL_AT_BYTES


def test_senders_wait_while_the_store_is_behind_and_nothing_is_lost(sink: RunningSink) -> None:
    size = 8 * 1024 * 1024
    content = b"Subject: big\r\n\r\n" + (b"x" * 998 + b"\r\n") * (size // 1000)
    until_full = FULL_AT_BYTES // len(content) + 1
    accepted: list[int] = []
    is_done = threading.Event()

    def send() -> None:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=30) as client:
            for number in range(until_full + 4):
                client.sendmail("a@post.example", ["ada@example.org"], content)
                accepted.append(number)
        is_done.set()

    with closing(sqlite3.connect(sink.path, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        sender = threading.Thread(target=send)
        sender.start()
        wait_until(lambda: len(accepted) == until_full, every=0.01)
        assert not is_done.wait(0.5), "nobody was made to wait"
        assert len(accepted) == until_full
        database.execute("ROLLBACK")
    assert is_done.wait(20)
    sender.join()
    wait_until(lambda: sink.store.count_accepted() == until_full + 4)
