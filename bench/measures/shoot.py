"""Measurement: one bulk worker and one shoot, beside what else can send letters in the same run."""

from statistics import mean

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.rivals import Pace, run_best_loop, run_naive_loop, run_smtp_source
from bench.shoot import Plan, Shooting, Shot

CONNECTIONS = 8
SOURCE_LETTERS = 20_000  # each time, before and after
NAIVE_LETTERS, BEST_LETTERS = 400, 1000


def run_plain_shoot(run: Run) -> tuple[Shot, Pace | None, Figures]:
    """Return a shoot, the load generator's pace around it, and the figures; done once for all measurements of a run."""
    if run.number not in run.shots:
        run.shots[run.number] = _measure(run)
    found: tuple[Shot, Pace | None, Figures] = run.shots[run.number]
    return found


def _measure(run: Run) -> tuple[Shot, Pace | None, Figures]:
    with Shooting(run, Plan(run.letters, connections=CONNECTIONS)) as shooting:
        port, url = shooting.server.port, run.environment["DATABASE_URL"]
        few = min(run.letters, SOURCE_LETTERS)
        before = run_smtp_source(port, few, shooting.size, CONNECTIONS)
        shot = shooting.send()
        after = run_smtp_source(port, few, shooting.size, CONNECTIONS)
        naive = run_naive_loop(port, url, min(run.letters, NAIVE_LETTERS))
        best = run_best_loop(port, url, min(run.letters, BEST_LETTERS))
    source = None
    if before and after:
        source = Pace(mean((before.per_second, after.per_second)), mean((before.cpu_us, after.cpu_us)))
    figures = {
        "sink": shooting.server.name,
        **describe(shot),
        "smtp_source_per_second": round(source.per_second) if source else None,
        "smtp_source_cpu_us_per_letter": round(source.cpu_us, 1) if source else None,
        "ratio_smtp_source": round(shot.rate / source.per_second, 3) if source else None,
        "ratio_smtp_source_cpu": round(shot.cpu_us / source.cpu_us, 2) if source else None,
        "naive_per_second": round(naive.per_second),
        "ratio_naive": round(shot.rate / naive.per_second, 1),
        "best_loop_per_second": round(best.per_second),
        "ratio_best_loop": round(shot.rate / best.per_second, 1),
    }
    return shot, source, figures


def describe(shot: Shot) -> Figures:
    """Return the figures of a shoot by itself."""
    return {
        "letters": shot.letters,
        "workers": 1,
        "sent": shot.sent,
        "accepted": shot.accepted,
        "is_balanced": shot.is_balanced,
        "letters_per_second": round(shot.rate),
        "seconds_first_letter": round(shot.first_letter, 3),
        "seconds_freezing": round(shot.freezing, 3),
        "seconds_sending": round(shot.sending, 2),
        "worker_cpu_us_per_letter": round(shot.cpu_us, 1),
        **shot.stages(),
        "worker_peak_mb": round(shot.peak_mb, 1),
        "worker_pss_mb": round(shot.pss_mb, 1),
        "database_bytes_per_letter": round(shot.stored),
        "letter_bytes": shot.size,
        "sink_cpu_us_per_letter": round(shot.sink_cpu_us, 1),
    }


@MEASURES.register("shoot")
def measure_shoot(run: Run) -> Figures:
    """Return how fast a shoot goes, what it takes, and how that stands to the load generator and to loops."""
    _, _, figures = run_plain_shoot(run)
    return figures
