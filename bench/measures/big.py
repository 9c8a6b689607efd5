"""Measurement: a very large shoot beside smaller ones, and the pages that people look at meanwhile."""

from contextlib import closing

from bench.applications import Browser
from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.pages import rank
from bench.processes import wait_for_port
from bench.shoot import Plan, Shooting, Shot, shoot
from bench.staff import ADMINISTRATOR, make_staff
from bench.watch import Watch, find_children
from webapp.core.database import db
from webapp.demo.ports import any_free_port
from webapp.people.models.user import Role

SMALLER = (100, 10)  # parts of the large shoot: ten and a hundred thousand beside a million
PAGES = (
    "/",
    "/shoots",
    "/shoots/{}",
    "/shoots/{}/live",
    "/log?shoot={}",
    "/log",
    "/letters/",
    "/log?state=failed",
)


class Onlooker:
    """Somebody who looks at one page after the other, all the while.

    Args:
        browser: has signed in.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.took: dict[str, list[float]] = {page: [] for page in PAGES}
        self._looks = 0

    def look(self, shoot_id: int) -> None:
        """Look at the next page.

        Raises:
            LookupError: it is not shown.
        """
        page = PAGES[self._looks % len(PAGES)]
        self._looks += 1
        status, said, took = self._browser.ask(page.format(shoot_id))
        if not 200 <= status < 300:  # the live part of a page has one of its own for an end
            raise LookupError(f"{page} answered {status}: {said[:300]}")
        self.took[page].append(took.wall)


def _shoot_watched(run: Run) -> tuple[Shot, Onlooker]:
    """Return the large shoot, and what pages took while it went out."""
    port = any_free_port()
    server = run.processes.start_module(
        "gunicorn", "-k", "gthread", "--threads", "8", "--no-control-socket", "-b", f"127.0.0.1:{port}", "wsgi:app",
        PUBLIC_URL=f"http://127.0.0.1:{port}",  # cookies of an https address would not come back
    )  # fmt: skip
    wait_for_port(port)
    make_staff(ADMINISTRATOR, Role.ADMINISTRATOR, None)
    with (
        closing(Watch(lambda: find_children(server.pid), db.engine)) as watch,
        Shooting(run, Plan(run.letters, event="large")) as shooting,
    ):
        browser = Browser(port, watch)
        browser.sign_in()
        onlooker = Onlooker(browser)
        for _ in PAGES:
            browser.ask("/")  # the first look at anything reads templates
        return shooting.send(onlooker.look), onlooker


@MEASURES.register("big")
def measure_big(run: Run) -> Figures:
    """Return how soon a large shoot begins, what memory it takes beside smaller ones, and how pages fare."""
    figures: Figures = {"letters": run.letters}
    smaller = []
    for part in SMALLER:
        number = max(run.letters // part, 1)
        small = shoot(run, Plan(number, event=f"part-{part}"))
        smaller.append(small)
        figures[f"worker_peak_mb_{number}"] = round(small.peak_mb, 1)
    large, onlooker = _shoot_watched(run)
    peaks = [shot.peak_mb for shot in (*smaller, large)]
    every = [took for page in onlooker.took.values() for took in page]
    return {
        **figures,
        f"worker_peak_mb_{run.letters}": round(large.peak_mb, 1),
        "ratio_memory": round(max(peaks) / min(peaks), 3),
        "seconds_first_letter": round(large.first_letter, 2),
        "seconds_freezing": round(large.freezing, 2),
        "seconds_sending": round(large.sending, 1),
        "letters_per_second": round(large.rate),
        "worker_cpu_us_per_letter": round(large.cpu_us, 1),
        "database_bytes_per_letter": round(large.stored),
        "pages": len(every),
        "pages_p50_ms": round(rank(every, 0.5), 1),
        "pages_p95_ms": round(rank(every, 0.95), 1),
        "pages_worst_ms": round(max(every), 1),
        **{f"p95_ms {page}": round(rank(took, 0.95), 1) for page, took in onlooker.took.items() if took},
    }
