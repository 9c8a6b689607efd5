"""Runs a module as it runs on another host.

``python -m tests.faults.elsewhere FOLDER ADDRESS webapp.jobs.worker bulk``

With an address the process moves into network, mounts and host name of its own: its only way out is the cable that
`tests.faults.hosts` plugs in, the code is read-only, and what is kept beside it nobody else sees. With ``-`` for
an address it has only a home and a working folder of its own. In both cases it is told only
what stands in ``TOLD``.
"""

import ctypes
import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path

from tests.forked import CHECKOUT
from tests.waiting import wait_until

TOLD = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL", "SECRET_KEY")
CABLE = "cable"  # what the network interface is called on the host's end
_OF_PYTHON = ("PATH", "PYTHONPATH")
_OWN = 0x00020000 | 0x04000000 | 0x40000000  # CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWNET of unshare(2)


def leave_host(folder: Path, address: str) -> None:
    """Take network, mounts and host name for our own, and wait for the cable.

    Args:
        folder: the host's own; its name is the host's.
        address: ours, with the length of the network's prefix.
    """
    if ctypes.CDLL(None, use_errno=True).unshare(_OWN):
        raise OSError(ctypes.get_errno(), "no namespaces of our own")
    socket.sethostname(folder.name)
    run("mount", "--make-rprivate", "/")
    run("mount", "--bind", str(CHECKOUT), str(CHECKOUT))
    run("mount", "-o", "remount,bind,ro", str(CHECKOUT))
    run("mount", "-t", "tmpfs", "tmpfs", str(CHECKOUT / "var"))
    wait_until(lambda: CABLE in [name for _, name in socket.if_nameindex()], every=0.02, what="the cable")
    run("ip", "address", "add", address, "dev", CABLE)
    run("ip", "link", "set", CABLE, "up")


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def forget_host(folder: Path) -> None:
    """Forget what the process that started us knows, but for what another host is told."""
    told = {name: os.environ[name] for name in (*TOLD, *_OF_PYTHON) if name in os.environ}
    journals = (
        {} if (journal := os.environ.get("POSTROOM_JOURNAL")) is None else {"POSTROOM_JOURNAL": journal}
    )
    os.environ.clear()
    os.environ.update({**told, **journals, "HOME": str(folder)})
    os.chdir(folder)


if __name__ == "__main__":
    home, own_address = Path(sys.argv[1]), sys.argv[2]
    if own_address != "-":
        os.environ.pop("POSTROOM_JOURNAL", None)  # its own var/ is nobody else's
        leave_host(home, own_address)
    forget_host(home)
    module, sys.argv = sys.argv[3], sys.argv[3:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
