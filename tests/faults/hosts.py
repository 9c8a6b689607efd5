"""Other hosts for workers: network namespaces behind a cable that can be pulled, or at least homes of their own."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults.elsewhere import CABLE, TOLD
from tests.faults.world import World
from tests.forked import CHECKOUT, ForkedModule
from tests.processes import free_port
from tests.waiting import wait_until

_NETWORKS = (
    1 << 15
)  # of four addresses each, in 198.18.0.0/15: set aside for tests between devices (RFC 2544)
_PROBE = (
    "unshare",
    "--net",
    "--mount",
    "--uts",
    "ip",
    "link",
    "add",
    "near",
    "type",
    "veth",
    "peer",
    "name",
    CABLE,
)


def can_have_networks() -> bool:
    """Say whether we may make network namespaces and the cables to them."""
    has_tools = os.geteuid() == 0 and all(shutil.which(name) for name in ("unshare", "ip", "mount"))
    return has_tools and subprocess.run(_PROBE, check=False, capture_output=True).returncode == 0


class Host:
    """A host with one worker of the bulk lane, which knows the services by their addresses and nothing else.

    Its network, its cable and its mounts end with its processes, whatever becomes of us.

    Args:
        world: whose services it reaches through a forwarder.
        number: of the host.
        has_network: it is a network of its own; else it listens on loopback like us, and is cut off by a forwarder
            that stands still.
    """

    def __init__(self, world: World, number: int, *, has_network: bool) -> None:
        self._machinery = world.machinery
        self._has_network = has_network
        self.folder = world.folder / f"host{number}"
        self.folder.mkdir()
        self._cable = f"pr{os.getpid()}n{number}"
        place = (os.getpid() * 4 + number) % _NETWORKS * 4
        network = f"198.{18 + (place >> 16)}.{place >> 8 & 255}"
        self.gate = f"{network}.{(place & 255) + 1}" if has_network else "127.0.0.1"
        self._address = f"{network}.{(place & 255) + 2}/30" if has_network else "-"
        self.worker = self._start_worker()

    def _start_worker(self) -> ForkedModule:
        """Start the worker, give it a cable, and open the way to the services at its other end."""
        (CHECKOUT / "var").mkdir(exist_ok=True)
        direct = {name: self._machinery.environment[name] for name in TOLD}
        targets = [urlsplit(direct[name]).port or 0 for name in TOLD[:3]]
        ports = targets if self._has_network else [free_port() for _ in targets]
        for name, target, port in zip(TOLD[:3], targets, ports, strict=True):
            direct[name] = direct[name].replace(f"127.0.0.1:{target}", f"{self.gate}:{port}")
        journals = {"POSTROOM_JOURNAL": str(self.folder / "journals")}
        words = (str(self.folder), self._address, "webapp.jobs.worker", "bulk")
        self.log = self._machinery.folder / f"{len(self._machinery.processes)}-bulk.log"
        worker = self._machinery.start("tests.faults.elsewhere", *words, **direct, **journals)
        if self._has_network:
            self._lay_cable(worker.pid)
        pairs = [f"{port}:{target}" for port, target in zip(ports, targets, strict=True)]
        self._forwarder = self._machinery.start("tests.faults.forwarder", "--host", self.gate, *pairs)
        return worker

    def _lay_cable(self, pid: int) -> None:
        """Connect the worker's network with ours, once it has one."""
        ours = Path("/proc/self/ns/net").readlink()
        network = Path(f"/proc/{pid}/ns/net")
        wait_until(lambda: network.readlink() != ours, seconds=30, every=0.02, what="the host's own network")
        ends = ("type", "veth", "peer", "name", CABLE, "netns", str(pid))
        self._ip("link", "add", self._cable, *ends)
        self._ip("address", "add", f"{self.gate}/30", "dev", self._cable)
        self._ip("link", "set", self._cable, "up")

    def unplug(self) -> None:
        """Cut the host off: nothing that it sends arrives, and it hears nothing, not even that it is cut off."""
        if self._has_network:
            self._ip("link", "set", self._cable, "down")
        else:
            self._forwarder.send_signal(signal.SIGSTOP)

    def plug(self) -> None:
        """Connect it again."""
        if self._has_network:
            self._ip("link", "set", self._cable, "up")
        else:
            self._forwarder.send_signal(signal.SIGCONT)

    def stop_worker(self) -> None:
        """Ask the worker to stop, as long as the services can be reached."""
        self.worker.send_signal(signal.SIGTERM)
        assert self.worker.wait(15) == 0, "a worker that is asked to stop ends well"

    def has_said(self, *words: str) -> bool:
        """Say whether its worker has said any of these."""
        said = self.log.read_text(errors="replace")
        return any(word in said for word in words)

    @staticmethod
    def _ip(*words: str) -> None:
        subprocess.run(["ip", *words], check=True)
