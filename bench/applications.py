"""``make bench-applications``: how long the organizer's pages take with thousands of applications, over HTTP."""

import argparse
import json
import math
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.client import HTTPConnection
from statistics import mean
from typing import Any
from urllib.parse import urlencode

from flask_migrate import upgrade

from bench.application_rows import ApplicationWorld, make_applications
from bench.pages import rank
from bench.processes import Processes, wait_for_port
from bench.staff import ADMINISTRATOR, PASSWORD
from bench.watch import Took, Watch, find_children
from webapp.app import create_app
from webapp.core.database import db
from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.ports import any_free_port
from webapp.demo.services import EmbeddedServices
from webapp.programme.domain.reviewing import SortBy, View
from webapp.settings import read_settings

ROUNDS = 25
DECISIONS = ("accepted", "waitlisted", "rejected")
Form = Mapping[str, object]


class Browser:
    """Somebody who has signed in, on one kept connection.

    Args:
        port: where the web server is, on loopback.
        watch: reads its CPU and the database's.
    """

    def __init__(self, port: int, watch: Watch) -> None:
        self._watch = watch
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self._cookies: dict[str, str] = {}
        self._token = ""

    def ask(self, address: str, form: Form | None = None) -> tuple[int, str, Took]:
        """Make one request.

        Returns:
            Its status, what came (or where it leads), and what it took from the request to the last byte.
        """
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({**form, "csrf_token": self._token}, doseq=True)
        self._watch.refresh()
        web, database = self._watch.look()
        began = time.perf_counter()
        self._connection.request("GET" if form is None else "POST", address, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        wall = (time.perf_counter() - began) * 1000
        web_after, database_after = self._watch.look()
        took = Took(wall, web_after - web, database_after - database)
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        place = answer.headers.get("Location", "")
        text = place if answer.status in {302, 303} else content.decode("utf-8", "replace")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
        self._token = token[1] if token else self._token
        return answer.status, text, took

    def sign_in(self) -> None:
        """Sign the administrator in.

        Raises:
            LookupError: the page did not let them.
        """
        self.ask("/sign-in")
        status, *_ = self.ask("/sign-in", {"email": ADMINISTRATOR, "password": PASSWORD})
        self.ask("/profile/")
        if status != 302:
            raise LookupError(f"{ADMINISTRATOR} could not sign in: {status}")


def list_pages(world: ApplicationWorld) -> dict[str, str]:
    """Return the pages that are measured: what each is, and its address."""
    event = f"/events/{world.event_id}"
    here = f"{event}/applications"
    middle = world.applications // 2
    return {
        "list": here,
        "list, last page": f"{here}?page={math.ceil(world.applications / 100)}",
        **{f"list, {view}": f"{here}?view={view}" for view in View},
        **{f"list by {sort}": f"{here}?sort={sort}" for sort in SortBy},
        **{f"list by {sort}, down": f"{here}?sort={sort}&down=1" for sort in SortBy},
        "list, tag": f"{here}?tag=round+2",
        "list, one address": f"{here}?search=p{middle}%40example.org",
        "list, a quarter by name": f"{here}?search=za%C5%BC%C3%B3%C5%82%C4%87",
        "list, number": f"{here}?search=%23{middle}",
        "list, nobody": f"{here}?search=nobody+at+all",
        "list, by mean, searched": f"{here}?search=Siobh&sort=mean&down=1",
        "one application": f"{here}/{world.application_id}",
        "draw next": f"{here}/draw",
        "announcements": f"{event}/waves",
        "home": "/",
        "hosts": "/host-applications",
        "hosts, all": "/host-applications?state=all",
        "hosts, searched": "/host-applications?search=krakow",
        "one host": f"/host-applications/{world.host_id}",
    }


def _line(what: str, method: str, taken: list[Took]) -> dict[str, Any]:
    times, cpu = [took.wall for took in taken], [took.cpu for took in taken]
    figures = {
        "p50_ms": rank(times, 0.5),
        "p95_ms": rank(times, 0.95),
        "worst_ms": max(times),
        "web_cpu_ms": mean(took.web for took in taken),
        "database_cpu_ms": mean(took.database for took in taken),
        "cpu_p50_ms": rank(cpu, 0.5),
        "cpu_p95_ms": rank(cpu, 0.95),
    }
    return {
        "bench": "applications",
        "page": what,
        "method": method,
        "requests": len(taken),
        **{name: round(value, 1) for name, value in figures.items()},
    }


def _repeat(browser: Browser, address: str, forms: list[Form | None], wanted: int) -> list[Took]:
    """Ask again and again; return what each took.

    Raises:
        LookupError: an answer has another status than the one that is wanted.
    """
    taken = []
    for form in forms:
        status, text, took = browser.ask(address, form)
        if status != wanted:
            raise LookupError(f"{address} answered {status}: {text[:500]}")
        taken.append(took)
    return taken


def measure_pages(browser: Browser, world: ApplicationWorld, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of every page that is only looked at, and of the files."""
    for what, address in list_pages(world).items():
        wanted = 302 if what == "draw next" else 200
        yield _line(what, "GET", _repeat(browser, address, [None] * rounds, wanted))
    here = f"/events/{world.event_id}/applications"
    for kind in ("csv", "xlsx"):
        taken = _repeat(browser, f"{here}/export", [{"format": kind}] * rounds, 200)
        yield _line(f"export {kind}", "POST", taken)


def measure_deciding(browser: Browser, world: ApplicationWorld, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of deciding for all at once: the look before, the deed, and a tag for everybody."""
    here = f"/events/{world.event_id}/applications"
    look: Form = {"all": "1", "decision": "accepted"}
    _, page, _ = browser.ask(f"{here}/decide", look)
    found = re.search(r'name="ids" value="([^"]*)"', page)
    ids = found[1] if found else ""
    yield _line("decide for all, the look", "POST", _repeat(browser, f"{here}/decide", [look] * rounds, 200))
    deeds: list[Form | None] = [
        {"ids": ids, "decision": DECISIONS[n % 3], "confirmed": "1"} for n in range(rounds)
    ]
    yield _line("decide for all", "POST", _repeat(browser, f"{here}/decide", deeds, 303))
    tags: list[Form | None] = [{"all": "1", "tag_word": f"bench {n % 2}"} for n in range(rounds)]
    yield _line("tag all", "POST", _repeat(browser, f"{here}/tag", tags, 303))
    score: Form = {"score": "4", "comment": "Yes"}
    one = f"{here}/{world.application_id}/score"
    yield _line("score one", "POST", _repeat(browser, one, [score] * rounds, 303))
    many = [("rowid", str(world.host_id - n)) for n in range(world.hosts)]
    shown = f"/host-applications/many?{urlencode([*many, ('action', 'move_to_review')])}"
    yield _line("hosts, the look at all", "GET", _repeat(browser, shown, [None] * rounds, 200))


def measure_announcing(browser: Browser, world: ApplicationWorld, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of announcing to everybody: the look, the deed, the wave's page, and taking it back."""
    here = f"/events/{world.event_id}/waves"
    yield _line("announce, the look", "GET", _repeat(browser, f"{here}/new", [None] * rounds, 200))
    count = str(world.applications)
    said: Form = {"shown_count": count, "number": count}
    told, shown, living, undone = [], [], [], []
    for _ in range(rounds):
        status, place, took = browser.ask(here, said)
        if status != 303:
            raise LookupError(f"{here} answered {status}: {place[:500]}")
        told.append(took)
        shown += _repeat(browser, place, [None], 200)
        living += _repeat(browser, f"{place}/live", [None], 200)
        undone += _repeat(browser, f"{place}/undo", [{}], 303)
    yield _line("announce to all", "POST", told)
    yield _line("a wave", "GET", shown)
    yield _line("a wave, live part", "GET", living)
    yield _line("take all back", "POST", undone)


def run_bench(
    options: argparse.Namespace, environment: dict[str, str], processes: Processes, port: int
) -> None:
    """Fill the database, start the web server, measure, and print."""
    app = create_app(read_settings(environment, services_file=None))
    with app.app_context():
        upgrade(directory=str(app.extensions["migrate"].directory))
        world = make_applications(options.applications, options.hosts)
        db.session.remove()
        engine = db.engine
    server = processes.start(
        sys.executable, "-m", "gunicorn", "-k", "gthread", "--threads", "8", "--no-control-socket",
        "-b", f"127.0.0.1:{port}", "wsgi:app",
    )  # fmt: skip
    wait_for_port(port)
    with closing(Watch(lambda: find_children(server.pid), engine)) as watch:
        browser = Browser(port, watch)
        browser.sign_in()
        for part, measure, rounds in (
            ("pages", measure_pages, options.rounds),
            ("deciding", measure_deciding, options.rounds),
            ("announcing", measure_announcing, options.waves),
        ):
            for line in measure(browser, world, rounds) if part in options.parts else ():
                print(json.dumps(line), flush=True)


def main() -> None:
    """Run the bench with services of its own, which it takes away again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applications", type=int, default=5000)
    parser.add_argument("--hosts", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--waves", type=int, default=ROUNDS)
    parser.add_argument("--parts", nargs="+", default=["pages", "deciding", "announcing"])
    options = parser.parse_args()
    folder = make_temporary_folder(find_account())
    port = any_free_port()
    try:
        services = EmbeddedServices(folder / "services", fast=True)
        try:
            environment = {
                **services.start(),
                "SMTP_URL": "memory:",
                "PUBLIC_URL": f"http://127.0.0.1:{port}",
                "SECRET_KEY": "of-the-bench-only-0123456789abcdef0123456789",
            }
            processes = Processes(environment, folder)
            try:
                run_bench(options, environment, processes, port)
            finally:
                processes.stop()
        finally:
            services.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
