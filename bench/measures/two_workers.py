"""Measurement: a second worker on the second core, with a mail server that is not what limits them."""

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.shoot import Plan, shoot
from bench.sinks import Server


@MEASURES.register("two_workers")
def measure_two_workers(run: Run) -> Figures:
    """Return letters a second of two workers over those of one, and the same of CPU per letter."""
    server = Server(is_own=True)
    one = shoot(run, Plan(run.letters, server=server, event="one"))
    two = shoot(run, Plan(run.letters, workers=2, server=server, event="two"))
    return {
        "letters": run.letters,
        "one_per_second": round(one.rate),
        "two_per_second": round(two.rate),
        "ratio_two_workers": round(two.rate / one.rate, 3),
        "one_cpu_us_per_letter": round(one.cpu_us, 1),
        "two_cpu_us_per_letter": round(two.cpu_us, 1),
        "ratio_cpu": round(two.cpu_us / one.cpu_us, 3),
        "sink_cpu_us_per_letter": round(two.sink_cpu_us, 1),
    }
