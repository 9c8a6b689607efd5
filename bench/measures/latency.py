"""Measurement: one worker with many connections to a server far away, and to one that is slow."""

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.shoot import Plan, shoot
from bench.sinks import Server

FAR, FAR_CONNECTIONS = 20.0, 64  # milliseconds there and back
SLOW, SLOW_CONNECTIONS = 50.0, 256  # milliseconds for each letter
PLAIN_SHARE = 4  # without pipelining a letter takes four round trips instead of one


@MEASURES.register("latency")
def measure_latency(run: Run) -> Figures:
    """Return letters a second over connections and the time a letter needs, and over a client without pipelining.

    With PIPELINING a letter costs one round trip: its content goes together with the next envelope.
    """
    far_server = Server(is_own=True, away=FAR)
    far = shoot(run, Plan(run.letters, connections=FAR_CONNECTIONS, server=far_server, event="far"))
    plain_server = Server(is_own=True, away=FAR, has_pipelining=False)
    few = max(run.letters // PLAIN_SHARE, 1)
    plain = shoot(run, Plan(few, connections=FAR_CONNECTIONS, server=plain_server, event="plain"))
    slow_server = Server(is_own=True, milliseconds=SLOW)
    slow = shoot(run, Plan(run.letters, connections=SLOW_CONNECTIONS, server=slow_server, event="slow"))
    return {
        "letters": run.letters,
        "far_connections": FAR_CONNECTIONS,
        "far_milliseconds": FAR,
        "far_per_second": round(far.rate),
        "ratio_far": round(far.rate / (FAR_CONNECTIONS / FAR * 1000), 3),
        "far_cpu_us_per_letter": round(far.cpu_us, 1),
        "without_pipelining_per_second": round(plain.rate),
        "ratio_without_pipelining": round(far.rate / plain.rate, 2),
        "slow_connections": SLOW_CONNECTIONS,
        "slow_milliseconds": SLOW,
        "slow_per_second": round(slow.rate),
        "ratio_slow": round(slow.rate / (SLOW_CONNECTIONS / SLOW * 1000), 3),
        "slow_cpu_us_per_letter": round(slow.cpu_us, 1),
    }
