"""The bench of applications, small: its event is one that could have been, and each request of it is timed."""

import os
import threading
import time
from contextlib import closing

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from bench.application_rows import make_applications
from bench.applications import Browser, list_pages, measure_announcing, measure_deciding, measure_pages
from bench.watch import Watch, cpu_of
from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog
from webapp.programme.models.application import Application, Wave

N, ROUNDS = 50, 2


@pytest.mark.slow
def test_the_bench_of_applications_times_every_request(app: Flask, database: Session) -> None:
    world = make_applications(N, 3)
    db.session.remove()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with closing(Watch(lambda: [os.getpid()], db.engine)) as watch:
            browser = Browser(server.server_port, watch)
            browser.sign_in()
            lines = [
                *measure_pages(browser, world, 1),
                *measure_deciding(browser, world, ROUNDS),
                *measure_announcing(browser, world, ROUNDS),
            ]
    finally:
        server.shutdown()
        server.server_close()

    names = [line["page"] for line in lines]
    assert names[: len(list_pages(world))] == [*list_pages(world)]
    assert {"export csv", "export xlsx", "decide for all", "tag all", "announce to all"} < set(names)
    for line in lines:
        assert 0 < line["p50_ms"] <= line["p95_ms"] <= line["worst_ms"], line
        assert line["web_cpu_ms"] > 0 < line["database_cpu_ms"], line
        assert line["cpu_p50_ms"] <= line["cpu_p95_ms"], line
    # What it measured was done: the last decision stands, everybody was told twice, and each time it was taken back.
    assert set(db.session.scalars(select(Application.decision))) == {"waitlisted"}
    assert set(db.session.scalars(select(Application.announced))) == {"undecided"}
    assert list(db.session.scalars(select(Wave.state))) == ["undone"] * ROUNDS
    letters = db.session.scalar(select(func.count()).where(EmailLog.dedupe_key.like("attend.waitlisted:%")))
    assert letters == ROUNDS * N


def test_the_cpu_of_a_process_is_read_from_outside_it() -> None:
    before, began = cpu_of(os.getpid()), time.process_time()
    sum(range(1_000_000))
    spent = (time.process_time() - began) * 1000
    assert cpu_of(os.getpid()) - before >= spent > 0
    assert cpu_of(2**22 + 1) == 0.0, "a process that is not there used nothing"
