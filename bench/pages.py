"""``make bench-pages``: how long the pages of shoots and of the log take on very many rows, as JSON lines."""

import argparse
import json
import math
import re
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import text

from bench.log_rows import SUPPORT, LogWorld, make_log
from bench.staff import ADMINISTRATOR, PASSWORD
from webapp.app import create_app
from webapp.core.clock import now
from webapp.core.database import db
from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.services import EmbeddedServices
from webapp.settings import read_settings

ROUNDS = 40


def list_pages(world: LogWorld) -> dict[str, str]:
    """Return the pages that are measured: what each is, and its address."""
    shoot, middle = world.shoot_id, world.letters // 2
    today, tomorrow = now().date(), now().date() + timedelta(days=1)
    searches = {
        "one address": f"p{middle}@example.org",
        "a few people": f"Gęślą {middle // 4 * 4}",
        "a quarter of all": "zażółć",
        "part of all addresses": "example.org",
        "two letters": "ęś",
        "two figures": "77",
        "nobody": "nobody at all",
        "nobody, two letters": "qx",
    }
    states = ("remaining", "pending", "deferred", "sent", "skipped", "failed", "cancelled", "uncertain")
    return {
        "shoot": f"/shoots/{shoot}",
        "shoot, live part": f"/shoots/{shoot}/live",
        "shoots": "/shoots",
        "log": "/log",
        "log, deep": f"/log?older={shoot}-{middle}",
        "log, deep, back": f"/log?newer={shoot}-{middle}",
        "log of the shoot": f"/log?shoot={shoot}",
        "log of the shoot, deep": f"/log?shoot={shoot}&older={shoot}-{middle}",
        "log of an event": f"/log?event={world.sister_event_id}",
        "log of the event": f"/log?event={world.event_id}",
        "log of a sender": f"/log?sender={world.sender_id}",
        "log since today": f"/log?since={today - timedelta(days=1)}&until={tomorrow}",
        "log since tomorrow": f"/log?since={today + timedelta(days=2)}",
        "log, opted out": "/log?reason=opted_out",
        "log, no address": "/log?reason=no_address",
        **{f"log, {state}": f"/log?state={state}" for state in states},
        **{
            f"log of the shoot, {state}, deep": f"/log?shoot={shoot}&state={state}&older={shoot}-{middle}"
            for state in states
        },
        **{f"log, search: {what}": f"/log?search={words}" for what, words in searches.items()},
        "log of the shoot, search": f"/log?shoot={shoot}&search=zażółć",
        "log, failed, search": "/log?state=failed&search=zażółć",
        "letter": f"/log/{shoot}/{middle}",
        "log, uncertain, search": "/log?state=uncertain&search=zażółć",
        "log of the event, uncertain": f"/log?event={world.event_id}&state=uncertain",
        "uncertain": "/uncertain",
        "uncertain of the shoot": f"/uncertain?shoot={shoot}",
        "uncertain of the shoot, deep": f"/uncertain?shoot={shoot}&older={shoot}-{middle}",
        "uncertain of the shoot, all to be sent again": f"/uncertain/decide?do=again&shoot={shoot}",
    }


def sign_in(app: Flask, email: str) -> FlaskClient:
    """Return a client of somebody who has signed in.

    Raises:
        LookupError: the page did not let them.
    """
    client = app.test_client()
    with app.app_context():
        page = client.get("/sign-in").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    given = {"email": email, "password": PASSWORD, "csrf_token": token[1] if token else ""}
    with app.app_context():
        answer = client.post("/sign-in", data=given)
    if answer.status_code != 302:
        raise LookupError(f"{email} could not sign in: {answer.status}")
    return client


def rank(times: list[float], share: float) -> float:
    """Return the time that this share of all stays within, by the nearest rank."""
    return sorted(times)[max(math.ceil(share * len(times)) - 1, 0)]


def measure_page(app: Flask, client: FlaskClient, address: str, rounds: int) -> dict[str, float]:
    """Return how long a page takes, in milliseconds, from the request to the last byte.

    Raises:
        LookupError: it is not shown.
    """
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        with app.app_context():
            answer = client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise LookupError(f"{address}: {answer.status}")
    figures = {"p50_ms": rank(times, 0.5), "p95_ms": rank(times, 0.95), "worst_ms": max(times)}
    return {name: round(value, 1) for name, value in figures.items()}


def measure_pages(app: Flask, world: LogWorld, rounds: int = ROUNDS) -> Iterator[dict[str, Any]]:
    """Yield the figures of every page, as an administrator and as the support of a programme sees it."""
    for who in (ADMINISTRATOR, SUPPORT):
        client = sign_in(app, who)
        for page, address in list_pages(world).items():
            figures = measure_page(app, client, address, rounds)
            yield {"bench": "page", "page": page, "as": who.partition("@")[0], **figures}


def main() -> None:
    """Run the bench with services of its own, which it takes away again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    folder = make_temporary_folder(find_account())
    try:
        services = EmbeddedServices(folder / "services", fast=True)
        try:
            environment = {
                **services.start(),
                "SMTP_URL": "memory:",
                "PUBLIC_URL": "https://mail.example.org",
                "SECRET_KEY": "of-the-bench-only-0123456789abcdef0123456789",
            }
            app = create_app(read_settings(environment, services_file=None))
            with app.app_context():
                upgrade(directory=str(app.extensions["migrate"].directory))
                began = time.monotonic()
                world = make_log(options.letters)
                size = db.session.scalar(text("SELECT pg_database_size(current_database())"))
                db.session.remove()
            filled = {"letters": world.letters_in_all, "seconds": round(time.monotonic() - began, 1)}
            print(
                json.dumps({"bench": "fill", **filled, "database_mb": round((size or 0) / 2**20)}), flush=True
            )
            for line in measure_pages(app, world, options.rounds):
                print(json.dumps(line), flush=True)
        finally:
            services.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
