"""``make bench``: sends letters through the real path into sinks that only count, and prints JSON lines."""

import argparse
import json
import shutil
import sys
from statistics import median
from typing import Any

from bench.ground import Ground
from bench.measures import MEASURES, Figures
from bench.measures.stages import find_doubled, read_reference, write_reference
from webapp.core.errors import StaffError
from webapp.core.registry import load_all
from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.services import EmbeddedServices

ON_DEMAND = {"big"}  # measured only when it is asked for by name: it takes minutes


def load_measures() -> list[str]:
    """Return the names of all measurements."""
    load_all("bench.measures")
    return list(MEASURES)


def summarize(name: str, runs: list[Figures]) -> Figures:
    """Return one line for several runs: medians of numbers, what else there is of the last, and all values.

    Args:
        name: of the measurement.
        runs: figures of each; one that is None in a run is left out of the median.
    """
    line: Figures = {"bench": name, "runs": len(runs)}
    values: dict[str, list[Any]] = {}
    for key in dict.fromkeys(key for run in runs for key in run):
        found = [run[key] for run in runs if run.get(key) is not None]
        is_number = bool(found) and all(type(one) in (int, float) for one in found)
        line[key] = median(found) if is_number else found[-1] if found else None
        if is_number and len(set(found)) > 1:
            values[key] = found
    return {**line, "values": values}


def run_measures(ground: Ground, names: list[str], letters: int, runs: int) -> list[Figures]:
    """Run measurements, print a line for each, and return the lines."""
    lines = []
    for name in names:
        found = []
        for number in range(1, runs + 1):
            with ground.open_run(number, letters) as run:
                found.append(MEASURES.get(name)(run))
        lines.append(summarize(name, found))
        print(json.dumps(lines[-1]), flush=True)
    return lines


def read_options(known: list[str]) -> argparse.Namespace:
    """Read the command line.

    Args:
        known: names of measurements.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=100_000)
    parser.add_argument(
        "--runs", type=int, default=3, help="of each measurement; medians of them are printed"
    )
    parser.add_argument("--only", nargs="*", default=[], help=f"of {', '.join(known)}")
    parser.add_argument("--write-reference", action="store_true", help="the stages of now are the reference")
    return parser.parse_args()


def main() -> None:
    """Run the bench with services of its own, which it takes away again."""
    known = load_measures()
    options = read_options(known)
    names = options.only or [name for name in known if name not in ON_DEMAND]
    try:
        for name in names:
            MEASURES.get(name)
    except StaffError as error:
        sys.exit(error.message)
    folder = make_temporary_folder(find_account())
    try:
        services = EmbeddedServices(folder / "services")
        try:
            ground = Ground(services.start(), folder)
            lines = run_measures(ground, names, options.letters, options.runs)
        finally:
            services.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    faults = [*ground.faults]
    for line in lines:
        if line["bench"] == "stages" and options.write_reference:
            write_reference(line)
        elif line["bench"] == "stages":
            faults += find_doubled(line, read_reference())
    if faults:
        sys.exit("\n".join(faults))


if __name__ == "__main__":
    main()
