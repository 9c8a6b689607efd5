"""A PostgreSQL data folder: made whole or not at all, of the right version, freed of a dead server's lock."""

import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from webapp.core.errors import OperatorError
from webapp.demo.footing import Account, make_data_folder, write_private
from webapp.demo.guard import send_signal

SUPERUSER = "postgres"


def cluster_environment(folder: Path) -> dict[str, str]:
    """Return the whole environment of PostgreSQL's programs: none of our settings are their business."""
    return {"PATH": os.defpath, "HOME": str(folder), "LC_ALL": "C", "TZ": "UTC"}


def open_cluster(folder: Path, binaries: Path, version: str, account: Account | None) -> str:
    """Make the data folder if there is none, and return its superuser's password.

    Args:
        folder: holds ``data`` and ``password``.
        binaries: where ``initdb`` is.
        version: PostgreSQL's major version.
        account: whom the server runs as; None is ourselves.

    Raises:
        OperatorError: the folder is of another version, is damaged, or could not be made.
    """
    data, password = folder / "data", folder / "password"
    if not data.exists():
        _make_cluster(folder, binaries, account)
    make_data_folder(data, account)
    kept = (data / "PG_VERSION").read_text().strip()
    if kept != version:
        raise OperatorError(
            f"{data} was made by PostgreSQL {kept} and this is {version}: dump it with the old version and "
            f"load it with the new one, or move {folder} away to begin with an empty database."
        )
    if not password.exists():
        raise OperatorError(f"{password} is missing; move {folder} away to begin with an empty database.")
    return password.read_text().strip()


def _make_cluster(folder: Path, binaries: Path, account: Account | None) -> None:
    """Make it in a folder of another name, so that a half made one is never taken for whole."""
    fresh, password = folder / "data.new", folder / "password"
    shutil.rmtree(fresh, ignore_errors=True)
    make_data_folder(fresh, account)
    write_private(password, f"{secrets.token_urlsafe(24)}\n", account)
    done = subprocess.run(
        [
            str(binaries / "initdb"),
            *("-D", str(fresh), "-U", SUPERUSER, f"--pwfile={password}", "-A", "scram-sha-256", "--no-sync"),
            *("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        ],
        cwd=folder,
        env=cluster_environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        user=None if account is None else account.user_id,
        group=None if account is None else account.group_id,
        extra_groups=None if account is None else [],
    )
    if done.returncode != 0:
        raise OperatorError(f"PostgreSQL could not make its data folder:\n{done.stdout}{done.stderr}")
    write_private(password, password.read_text())
    fresh.rename(folder / "data")


def free_cluster(data: Path, seconds: float) -> None:
    """Remove a lock whose process number now belongs to another program; end a server of ours left behind.

    PostgreSQL recovers by itself when that number is free, but refuses when anything else got it, which is
    the rule rather than the exception in a container that was started anew.
    """
    lock = data / "postmaster.pid"
    try:
        process_id = int(lock.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    command = command_of(process_id)
    if not command:
        return
    if "postgres" not in command or str(data) not in command:
        lock.unlink()
        return
    send_signal(process_id, signal.SIGINT)
    deadline = time.monotonic() + seconds
    while lock.exists() and command_of(process_id) and time.monotonic() < deadline:
        time.sleep(0.05)


def command_of(process_id: int) -> str:
    """Return the command line of a living process; empty when there is none."""
    try:
        return (
            Path(f"/proc/{process_id}/cmdline")
            .read_bytes()
            .replace(b"\0", b" ")
            .decode("utf-8", "replace")
            .strip()
        )
    except OSError:
        if Path("/proc/self").exists():
            return ""
    listed = ["ps", "-ww", "-o", "command=", "-p", str(process_id)]
    return subprocess.run(listed, capture_output=True, text=True, check=False).stdout.strip()
