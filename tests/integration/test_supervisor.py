"""`make run`'s supervisor: what it starts it keeps, and when it ends it leaves nothing behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.probes import ask, processes_below
from tests.waiting import wait_until
from webapp.core.errors import OperatorError
from webapp.demo.footing import find_account, make_temporary_folder
from webapp.demo.guard import Guard, session_members
from webapp.demo.keeper import Keeper
from webapp.demo.processes import ChildProcess

CHECKOUT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this test's own that the services can reach."""
    made = make_temporary_folder(find_account())
    yield made
    shutil.rmtree(made)


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Ends what a test has started, whatever comes."""
    made = Guard()
    yield made
    made.close()


class TestSupervisor:
    @pytest.fixture
    def running(self, folder: Path) -> Iterator["subprocess.Popen[str]"]:
        with supervisor(folder) as process:
            wait_until(
                lambda: (folder / "services.json").exists() and is_settled(folder), what="the services"
            )
            yield process
            if process.poll() is None:
                process.terminate()

    def test_ctrl_c_stops_everything_and_says_nothing_odd(
        self, running: "subprocess.Popen[str]", folder: Path
    ) -> None:
        settings = json.loads((folder / "services.json").read_text())
        assert (folder / "services.json").stat().st_mode & 0o077 == 0
        assert ask(settings["DATABASE_URL"], "SELECT 1") == 1
        assert Redis.from_url(settings["REDIS_URL"]).ping()
        running.send_signal(signal.SIGINT)
        said, _ = running.communicate(timeout=30)
        assert running.returncode == 0
        assert said.splitlines()[-1] == "Postroom: stopped."
        assert "Traceback" not in said
        assert processes_below(folder) == []
        assert session_members(running.pid) == []
        assert not (folder / "services.json").exists()

    @pytest.mark.usefixtures("running")
    def test_a_second_one_says_that_one_is_running(self, folder: Path) -> None:
        with supervisor(folder) as second:
            said, _ = second.communicate(timeout=30)
        assert second.returncode == 1
        assert said.startswith("Postroom: it is running already")
        assert len(said.splitlines()) == 1

    def test_after_a_kill_nothing_is_left_and_it_starts_again(
        self, running: "subprocess.Popen[str]", folder: Path
    ) -> None:
        first = json.loads((folder / "services.json").read_text())
        running.kill()
        with supervisor(folder) as again:
            wait_until(
                lambda: (folder / "services.json").exists() and is_settled(folder, again.pid), seconds=30
            )
            assert json.loads((folder / "services.json").read_text())["SECRET_KEY"] == first["SECRET_KEY"]
            again.terminate()
            again.communicate(timeout=30)
        assert again.returncode == 0
        assert processes_below(folder) == []

    @pytest.mark.usefixtures("running")
    def test_a_service_that_dies_is_started_again(self, folder: Path) -> None:
        url = json.loads((folder / "services.json").read_text())["REDIS_URL"]
        Redis.from_url(url).shutdown(nosave=True)
        wait_until(lambda: answers(url), what="Valkey to be back at the same address")

    def test_a_bad_port_is_refused(self, folder: Path) -> None:
        with supervisor(folder, PORT="http") as process:
            said, _ = process.communicate(timeout=30)
        assert process.returncode == 1
        assert "PORT must be a number from 1 to 65535, and not http." in said

    def test_a_taken_port_is_refused_when_it_was_asked_for(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            with supervisor(folder, PORT=port) as process:
                said, _ = process.communicate(timeout=30)
        assert process.returncode == 1
        assert f"Port {port} is taken. Choose another: PORT=" in said


def supervisor(folder: Path, **settings: str) -> "subprocess.Popen[str]":
    """Start the real supervisor of `make run` with its services only."""
    given = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "PORT"}
    }
    return subprocess.Popen(
        [sys.executable, "-m", "webapp.demo.supervisor", "--only", "services", "--data", str(folder)],
        cwd=CHECKOUT,
        env={**given, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def is_settled(folder: Path, process_id: int | None = None) -> bool:
    """Say whether a supervisor (that one) has written down that all it was asked for runs."""
    content = (folder / "run.lock").read_text()
    holder = json.loads(content) if content else {}
    return bool(holder.get("address")) and process_id in {None, holder["process"]}


def answers(url: str) -> bool:
    try:
        return bool(Redis.from_url(url).ping())
    except RedisConnectionError:
        return False


def program(guard: Guard, script: str, lines: list[str]) -> ChildProcess:
    """Return a Python program that was not started yet and whose lines are collected."""
    return ChildProcess(
        "program",
        [sys.executable, "-c", script],
        guard=guard,
        environment={**os.environ, "PYTHONUNBUFFERED": "1"},
        folder=CHECKOUT,
        output=lines.append,
    )


class TestKeeper:
    def test_a_program_that_ends_is_started_again_and_it_is_said(self, guard: Guard) -> None:
        said: list[str] = []
        child = program(guard, "import sys; sys.stdin.close(); raise SystemExit(3)", [])
        keeper = Keeper(child, said.append)
        child.start()
        first = child.process_id

        def look() -> bool:
            keeper.look()
            return child.process_id != first

        wait_until(look, what="a second start")
        assert said[0] == "program ended unexpectedly (exit code 3); it starts again in 1 s."

    def test_it_gives_up_at_the_limit(self, guard: Guard) -> None:
        child = program(guard, "raise SystemExit(1)", [])
        keeper = Keeper(child, lambda line: None, death_limit=1)
        child.start()
        assert child.wait(10)
        with pytest.raises(OperatorError, match="ended unexpectedly"):
            keeper.look()


class TestChildProcess:
    def test_lines_arrive_one_by_one(self, guard: Guard) -> None:
        lines: list[str] = []
        child = program(guard, "import sys; print('out'); print('err', file=sys.stderr)", lines)
        child.start()
        assert child.wait(10)
        assert lines == ["out", "err"]
        assert child.exit_code == 0

    def test_a_kill_reaches_children_in_groups_of_their_own(self, guard: Guard) -> None:
        script = "import os, time\nif os.fork() == 0: os.setpgrp()\nprint(os.getpid())\ntime.sleep(600)"
        lines: list[str] = []
        child = program(guard, script, lines)
        child.start()
        wait_until(lambda: len(lines) == 2, what="both processes")
        child.kill()
        assert child.process_id is not None
        wait_until(lambda: not session_members(child.process_id or 0), what="both to be gone")

    def test_one_that_ignores_the_signal_is_ended(self, guard: Guard) -> None:
        lines: list[str] = []
        script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(600)"
        child = program(guard, script, lines)
        child.start()
        wait_until(lambda: lines == ["ready"], what="the program")
        assert child.stop(0.2) is False
        assert child.exit_code == -signal.SIGKILL
