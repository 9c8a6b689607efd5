"""Measurement: what the crash protocol costs, the same shoot with and without the journal of handed letters."""

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.shoot import Plan, Shooting, Shot
from bench.usage import mapped_files

SWITCH = "POSTROOM_JOURNAL"  # understood by workers for the bench alone


def _shoot(run: Run, switch: str) -> tuple[Shot, bool]:
    """Return a shoot with the switch in one position, and whether a journal was mapped meanwhile."""
    mapped: set[str] = set()
    with Shooting(
        run, Plan(run.letters, event=f"journal-{switch}", environment={SWITCH: switch})
    ) as shooting:

        def look(_shoot_id: int) -> None:
            for pid in [*(worker.pid for worker in shooting.workers), *shooting.usage.children()]:
                mapped.update(path for path in mapped_files(pid) if "journal" in path.lower())

        return shooting.send(look), bool(mapped)


@MEASURES.register("journal")
def measure_journal(run: Run) -> Figures:
    """Return letters a second with the journal over those without; the order changes with every run."""
    order = ("on", "off") if run.number % 2 else ("off", "on")
    found = {switch: _shoot(run, switch) for switch in order}
    (on, is_on), (off, is_off) = found["on"], found["off"]
    return {
        "letters": run.letters,
        "on_per_second": round(on.rate),
        "off_per_second": round(off.rate),
        "ratio_journal": round(on.rate / off.rate, 3),
        "on_cpu_us_per_letter": round(on.cpu_us, 1),
        "off_cpu_us_per_letter": round(off.cpu_us, 1),
        "has_effect": is_on and not is_off,
    }
