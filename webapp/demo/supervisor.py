"""`make run`: a whole Postroom on this machine, from its database to its workers, until Ctrl-C.

``python -m webapp.demo.supervisor [--only services] [--data FOLDER]``
"""

import argparse
import hashlib
import http.client
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from webapp.core.errors import OperatorError
from webapp.core.stopping import StopWish
from webapp.demo.footing import write_private
from webapp.demo.guard import Guard
from webapp.demo.keeper import Keeper, describe_exit
from webapp.demo.occupancy import Occupancy
from webapp.demo.ports import HOST, is_free, next_free_port, remembered_port
from webapp.demo.processes import ChildProcess
from webapp.demo.programs import LOAD_DEMO, MIGRATE, Program, application_programs, sink_program
from webapp.demo.services import EmbeddedServices
from webapp.demo.terminal import Terminal, welcome

CHECKOUT = Path(__file__).resolve().parent.parent.parent
FIRST_PORT = 8000
ANSWER_SECONDS = 60.0
SERVICE_DEATH_LIMIT = 3


class Stopped(Exception):
    """Somebody asked us to stop while we were still starting."""


class Supervisor:
    """Starts everything in order, keeps it running, and stops it in the opposite order.

    Args:
        data: the folder of all that is kept.
        given: the environment; what it gives is not started here.
        only_services: start PostgreSQL and Valkey and nothing else.
        terminal: where we talk.
    """

    def __init__(self, data: Path, given: Mapping[str, str], only_services: bool, terminal: Terminal) -> None:
        self._data = data
        self._given = {name: value for name, value in given.items() if value}
        self._only_services = only_services
        self._terminal = terminal
        self._stop_asked = StopWish()
        self._hurry_asked = StopWish()
        self._services: EmbeddedServices | None = None
        self._keepers: list[tuple[Program, Keeper]] = []
        self._service_death_count = 0

    def run(self) -> None:
        """Run until somebody asks us to stop.

        Raises:
            OperatorError: something cannot be started or does not keep running; all else has been stopped.
        """
        began_at = time.monotonic()
        self._data.mkdir(parents=True, exist_ok=True)
        occupancy = Occupancy(self._data / "run.lock")
        occupancy.take()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._take_signal)
        guard = Guard(pass_files=(occupancy.handle,))
        try:
            address = self._start(guard, began_at)
            occupancy.write(address)
            self._watch()
        except Stopped:
            self._terminal.say("stopping before everything had started.")
        finally:
            self._stop()
            guard.close()
            occupancy.leave()

    def _take_signal(self, number: int, frame: FrameType | None) -> None:
        if self._stop_asked.is_made():
            self._hurry_asked.make()
        self._stop_asked.make()

    # starting

    def _start(self, guard: Guard, began_at: float) -> str:
        """Start everything, and return the address of the pages."""
        port = self._choose_port()
        demo = self._data / "demo"
        demo.mkdir(exist_ok=True)
        self._services = EmbeddedServices(self._data, self._given, guard=guard)
        names = [server.label for server in self._services.servers]
        if names:
            self._terminal.say(f"starting {' and '.join(names)}")
        sink_port = remembered_port(demo / "port")
        settings = {
            "SMTP_URL": f"smtp://{HOST}:{sink_port}?starttls=never",
            "PUBLIC_URL": f"http://{HOST}:{port}",
            "SECRET_KEY": self._read_secret(),
            "POSTROOM_DEMO": "1",
            "POSTROOM_INBOX": str(demo / "inbox.sqlite3"),
            **{
                name: self._given[name]
                for name in ("SMTP_URL", "PUBLIC_URL", "SECRET_KEY")
                if name in self._given
            },
            "PORT": str(port),
            **self._services.start(),
        }
        file = self._data / "services.json"
        guard.remove_file(file)
        write_private(file, json.dumps(settings, indent=2) + "\n")
        address = f"http://{HOST}:{port}"
        if self._only_services:
            self._terminal.say(f"the services run; {file} says where. Ctrl-C stops them.")
            return "its services only"
        environment = {**os.environ, **settings, "PYTHONUNBUFFERED": "1"}
        self._terminal.say("bringing the database up to date")
        self._run_step("migrate", MIGRATE, guard, environment)
        if "SMTP_URL" not in self._given:
            self._keep(sink_program(sink_port, demo / "inbox.sqlite3"), guard, environment)
        self._load_demo(guard, environment)
        self._terminal.say("starting web, workers and ticker")
        for program in application_programs(port):
            self._keep(program, guard, environment)
        self._wait_for_web(port)
        has_inbox = "SMTP_URL" not in self._given
        self._terminal.say_block(welcome(address, has_inbox, time.monotonic() - began_at))
        return address

    def _choose_port(self) -> int:
        given = self._given.get("PORT")
        if given is None:
            return next_free_port(FIRST_PORT)
        if not given.isdecimal() or not 0 < int(given) < 65536:
            raise OperatorError(f"PORT must be a number from 1 to 65535, and not {given}.")
        if not is_free(int(given)):
            other = next_free_port(int(given))
            raise OperatorError(f"Port {given} is taken. Choose another: PORT={other} make run")
        return int(given)

    def _read_secret(self) -> str:
        file = self._data / "secret"
        if not file.exists():
            write_private(file, secrets.token_hex(32) + "\n")
        return file.read_text().strip()

    def _load_demo(self, guard: Guard, environment: Mapping[str, str]) -> None:
        """Load the demo data once per database."""
        if self._services is not None and self._services.postgres is not None:
            loaded = self._services.postgres.folder / "demo-loaded"
        else:
            name = hashlib.sha256(environment["DATABASE_URL"].encode()).hexdigest()[:12]
            loaded = self._data / "demo" / f"loaded-{name}"
        if not loaded.exists():
            self._terminal.say("loading the demo data")
            self._run_step("demo", LOAD_DEMO, guard, environment)
            loaded.touch()

    def _child(
        self, name: str, command: tuple[str, ...], guard: Guard, environment: Mapping[str, str]
    ) -> ChildProcess:
        return ChildProcess(
            name,
            command,
            guard=guard,
            environment=environment,
            folder=CHECKOUT,
            output=self._terminal.lines_of(name),
        )

    def _run_step(
        self, name: str, command: tuple[str, ...], guard: Guard, environment: Mapping[str, str]
    ) -> None:
        if self._stop_asked.is_made():
            raise Stopped
        child = self._child(name, command, guard, environment)
        child.start()
        while not child.wait(0.1):
            if self._stop_asked.is_made():
                child.stop(5.0)
                raise Stopped
        if child.exit_code != 0:
            raise OperatorError(f"{name} failed ({describe_exit(child.exit_code)}); its lines above say why.")

    def _keep(self, program: Program, guard: Guard, environment: Mapping[str, str]) -> None:
        child = self._child(program.name, program.command, guard, environment)
        self._keepers.append((program, Keeper(child, self._terminal.say, program.death_limit)))
        child.start()

    def _wait_for_web(self, port: int) -> None:
        """Wait until /healthz finds everything well; what answers but is not well must not keep people out."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while (status := _health(port)) != http.client.OK:
            if self._stop_asked.wait(0.1):
                raise Stopped
            self._look()
            if time.monotonic() > deadline:
                if status is None:
                    raise OperatorError(
                        f"web does not answer after {ANSWER_SECONDS:.0f} s; its lines say why."
                    )
                self._terminal.say(
                    f"not everything is well yet; http://{HOST}:{port}/healthz says what is not."
                )
                return

    # running

    def _watch(self) -> None:
        while not self._stop_asked.wait(0.25):
            self._look()

    def _look(self) -> None:
        for server in self._services.servers if self._services else []:
            if not server.is_running:
                self._service_death_count += 1
                if self._service_death_count >= SERVICE_DEATH_LIMIT:
                    raise OperatorError(f"{server.label} keeps ending; {server.folder / 'log'} says why.")
                self._terminal.say(f"{server.label} ended unexpectedly; it starts again.")
                port = server.port
                server.start()
                if server.port != port:
                    raise OperatorError(
                        f"The port of {server.label} was taken meanwhile. Start Postroom again."
                    )
        for _, keeper in self._keepers:
            keeper.look()

    # stopping

    def _stop(self) -> None:
        file = self._data / "services.json"
        file.unlink(missing_ok=True)
        if self._keepers:
            self._terminal.say("stopping; a second Ctrl-C does not wait for letters that are on their way.")
        for wave in sorted({program.wave for program, _ in self._keepers}):
            group = [(program, keeper.child) for program, keeper in self._keepers if program.wave == wave]
            for _, child in group:
                child.ask_to_stop()
            deadline = time.monotonic() + max(program.stop_seconds for program, _ in group)
            for _, child in group:
                while not child.wait(0.1) and time.monotonic() < deadline and not self._hurry_asked.is_made():
                    pass
                if child.is_running:
                    self._terminal.say(f"{child.name} did not stop in time and was ended.")
                child.kill()
        if self._services is not None:
            self._services.stop()
        self._terminal.say("stopped.")


def _health(port: int) -> int | None:
    """Return the status of /healthz, None while web does not answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5.0)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return 0 when stopped as asked, 1 when something could not be started or kept."""
    parser = argparse.ArgumentParser(
        prog="python -m webapp.demo.supervisor", description="A whole Postroom, here"
    )
    parser.add_argument("--only", choices=["services"], help="start PostgreSQL and Valkey and nothing else")
    parser.add_argument("--data", type=Path, default=CHECKOUT / "var", help="the folder of all that is kept")
    options = parser.parse_args(arguments)
    supervisor = Supervisor(options.data.resolve(), os.environ, options.only == "services", Terminal())
    try:
        supervisor.run()
    except OperatorError as error:
        print(f"Postroom: {error.message}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
