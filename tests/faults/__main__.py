"""``make faults``: makes every fault happen to a running Postroom and prints what came of the letters.

One JSON object a line and fault: ``L`` letters that never arrived and are not listed, ``D`` recipients whose
letter was accepted twice, ``Q`` letters listed as uncertain and ``Q_bound`` how many may be, ``R`` seconds from the
fault until letters were accepted again (the longest of all strikes), ``gap`` the longest time in which none was,
``balanced`` whether the tallies are those of the rows and sum to the audience, ``paths`` whether every row's history
is a path of its table of transitions, ``wrong`` what is not as it must be, in words. The exit code is 1 when any
bound is broken.
"""

import argparse
import json
import secrets
import sys
import traceback

import pytest

from tests.faults.grounds import Grounds
from tests.faults.run import find_faults, run_fault


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Read the command line and run the faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--letters", type=int, default=0, help="of each fault; by default as in the suite")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 30), help="of what is drawn")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="only these faults")
    parser.add_argument("--keep", action="store_true", help="leave the folder with all logs")
    options = parser.parse_args()
    broken = []
    with Grounds(keep=options.keep) as grounds:
        for fault in find_faults(options.only):
            letters = options.letters or fault.small
            try:
                report = run_fault(fault, grounds, letters=letters, seed=options.seed)
            except pytest.skip.Exception as why:  # it cannot be made to happen here
                say(json.dumps({"fault": fault.name, "number": fault.number, "skipped": str(why)}))
                continue
            except Exception as error:  # the other faults are still worth knowing
                traceback.print_exc()
                line = {"fault": fault.name, "number": fault.number, "seed": options.seed, "ok": False}
                say(json.dumps({**line, "wrong": [str(error).partition("\n")[0]]}))
                broken.append(fault.name)
                continue
            say(report.to_line())
            broken += [] if report.ok else [fault.name]
    if broken:
        sys.stderr.write(f"seed {options.seed}; these faults broke their bounds: {', '.join(broken)}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
