"""The bench of pages, small: its log is one that could have been, and every page of it is shown and timed."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.log_rows import NEWER, OLDER, make_log
from bench.pages import list_pages, measure_pages, rank
from webapp.core.database import db
from webapp.mail.models.email_log import EmailLog
from webapp.mail.models.shoot import Shoot
from webapp.mail.queries.report import find_summaries
from webapp.people.domain.scope import SYSTEM


@pytest.mark.slow
def test_the_bench_of_pages_times_every_page_for_everybody(app: Flask, database: Session) -> None:
    world = make_log(2_000)
    summaries = find_summaries(SYSTEM, list(db.session.scalars(select(Shoot.id))))
    assert len(summaries) == OLDER + NEWER + 1
    assert all(summary.is_balanced for summary in summaries.values())
    large = summaries[world.shoot_id]
    assert (large.audience, large.state) == (2_000, "sending")
    assert large.sent > large.remaining > 0 < large.failed_count
    assert world.letters_in_all == db.session.scalar(select(func.count()).select_from(EmailLog))
    db.session.remove()

    lines = list(measure_pages(app, world, rounds=1))

    assert [line["page"] for line in lines] == [*list_pages(world)] * 2
    assert {line["as"] for line in lines} == {"administrator", "support"}
    assert all(0 < line["p50_ms"] <= line["p95_ms"] <= line["worst_ms"] for line in lines)


def test_ninety_five_of_a_hundred_stay_within_the_time_of_that_rank() -> None:
    times = [float(n) for n in range(100, 0, -1)]
    assert (rank(times, 0.5), rank(times, 0.95), rank(times, 1), rank([7.0], 0.95)) == (50, 95, 100, 7)
