"""The embedded services PostgreSQL and Valkey: started, killed, recovered, never left behind."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from tests.probes import ask, connect, processes_below
from tests.waiting import wait_until
from webapp.core.errors import OperatorError
from webapp.demo.footing import (
    find_account,
    find_grounds,
    make_private_folder,
    make_temporary_folder,
    usable_binaries,
)
from webapp.demo.services import EmbeddedPostgres, EmbeddedServices, EmbeddedValkey

CHECKOUT = Path(__file__).resolve().parent.parent.parent
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the services as another account")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this test's own that the services can reach."""
    made = make_temporary_folder(find_account())
    yield made
    shutil.rmtree(made)


@pytest.fixture
def own_postgres(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL of this test's own, to be stopped and killed."""
    with EmbeddedPostgres(folder / "postgres", fast=True) as server:
        yield server


@pytest.fixture
def own_valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    """A Valkey of this test's own, to be stopped and killed."""
    with EmbeddedValkey(folder / "valkey") as server:
        yield server


class TestPostgres:
    def test_it_is_a_database_of_our_own_that_knows_unicode(self, postgres: EmbeddedPostgres) -> None:
        assert ask(postgres.url, "SELECT lower('ÀÉÖŁЖΣ')") == "àéöłжσ"
        assert ask(postgres.url, "SHOW server_encoding") == "UTF8"
        assert ask(postgres.url, "SHOW listen_addresses") == "127.0.0.1"
        assert ask(postgres.url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False

    def test_a_wrong_password_is_refused(self, postgres: EmbeddedPostgres) -> None:
        before, _, after = postgres.url.partition("@")
        wrong = f"{before.rpartition(':')[0]}:wrong@{after}"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(wrong)

    def test_the_password_is_nobody_elses_to_read(self, postgres: EmbeddedPostgres) -> None:
        assert (postgres.folder / "password").stat().st_mode & 0o077 == 0
        assert (postgres.folder / "data").stat().st_mode & 0o077 == 0

    def test_a_restart_keeps_the_data_and_the_address(self, own_postgres: EmbeddedPostgres) -> None:
        url = own_postgres.url
        with connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
        own_postgres.stop()
        assert not own_postgres.is_running
        own_postgres.start()
        assert own_postgres.url == url
        assert ask(url, "SELECT number FROM kept") == 42

    def test_it_recovers_from_being_killed_with_connections_open(
        self, own_postgres: EmbeddedPostgres
    ) -> None:
        with connect(own_postgres.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS number")
            own_postgres.kill()
            own_postgres.start()
        assert ask(own_postgres.url, "SELECT count(*) FROM kept") == 1000

    def test_a_lock_whose_number_another_program_got_does_not_stop_it(
        self, own_postgres: EmbeddedPostgres
    ) -> None:
        own_postgres.stop()
        lock = own_postgres.folder / "data" / "postmaster.pid"
        lock.write_text(f"{os.getpid()}\n{lock.parent}\n1\n{own_postgres.port}\n\n127.0.0.1\n")
        own_postgres.start()
        assert ask(own_postgres.url, "SELECT 1") == 1

    def test_a_taken_port_is_exchanged_for_a_free_one(self, own_postgres: EmbeddedPostgres) -> None:
        own_postgres.stop()
        port = own_postgres.port
        with socket.create_server(("127.0.0.1", port)):
            own_postgres.start()
        assert own_postgres.port != port
        assert ask(own_postgres.url, "SELECT 1") == 1

    def test_data_of_another_version_are_refused_with_what_to_do(
        self, own_postgres: EmbeddedPostgres
    ) -> None:
        own_postgres.stop()
        (own_postgres.folder / "data" / "PG_VERSION").write_text("12\n")
        with pytest.raises(OperatorError, match="made by PostgreSQL 12"):
            own_postgres.start()
        (own_postgres.folder / "data" / "PG_VERSION").write_text("18\n")


class TestValkey:
    def test_it_keeps_everything_and_asks_for_a_password(self, valkey: EmbeddedValkey) -> None:
        client = Redis.from_url(valkey.url)
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"
        assert client.config_get("appendonly")["appendonly"] == "yes"
        with pytest.raises(AuthenticationError):
            Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)).ping()

    def test_a_restart_keeps_the_data_and_the_address(self, own_valkey: EmbeddedValkey) -> None:
        url = own_valkey.url
        Redis.from_url(url).set("kept", "yes")
        own_valkey.stop()
        own_valkey.start()
        assert own_valkey.url == url
        assert Redis.from_url(url).get("kept") == b"yes"

    def test_it_recovers_from_being_killed(self, own_valkey: EmbeddedValkey) -> None:
        client = Redis.from_url(own_valkey.url)
        client.set("kept", "yes")
        assert client.execute_command("WAITAOF", 1, 0, 5000)[0] == 1
        own_valkey.kill()
        own_valkey.start()
        assert Redis.from_url(own_valkey.url).get("kept") == b"yes"

    def test_data_that_cannot_be_read_are_set_aside(self, own_valkey: EmbeddedValkey) -> None:
        Redis.from_url(own_valkey.url).set("lost", "yes")
        own_valkey.stop()
        [log] = (own_valkey.folder / "data" / "appendonlydir").glob("*.incr.aof")
        log.write_bytes(b"this is no command\r\n" * 10)
        own_valkey.start()
        assert Redis.from_url(own_valkey.url).dbsize() == 0
        [broken] = own_valkey.folder.glob("data.broken-*")
        assert (broken / "appendonlydir" / log.name).read_bytes().startswith(b"this is no command")


class TestServices:
    def test_a_url_of_the_environment_replaces_one_service(self, folder: Path) -> None:
        given = {"DATABASE_URL": "postgresql://db.example/postroom", "REDIS_URL": ""}
        with EmbeddedServices(folder, given, fast=True) as services:
            assert [server.label for server in services.servers] == ["Valkey"]
        assert not (folder / "postgres").exists()
        assert processes_below(folder) == []

    def test_with_both_given_nothing_is_started(self, tmp_path: Path) -> None:
        given = {"DATABASE_URL": "postgresql://db.example/postroom", "REDIS_URL": "redis://queue.example"}
        services = EmbeddedServices(tmp_path, given)
        assert services.start() == given
        services.stop()

    def test_they_end_with_a_parent_that_is_killed(self, folder: Path) -> None:
        script = (
            "import sys, pathlib\n"
            "from webapp.demo.services import EmbeddedServices\n"
            "EmbeddedServices(pathlib.Path(sys.argv[1]), fast=True).start()\n"
            "print('started', flush=True)\n"
            "sys.stdin.read()\n"
        )
        command = [sys.executable, "-c", script, str(folder)]
        with subprocess.Popen(command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"started\n"
            assert len(processes_below(folder)) >= 2
            parent.kill()
        wait_until(lambda: not processes_below(folder), what="the services to end with their parent")


@as_root
class TestFooting:
    def test_data_move_outside_of_a_closed_folder(self, tmp_path: Path) -> None:
        closed = tmp_path / "home"
        closed.mkdir(mode=0o700)
        grounds = find_grounds(closed / "var", find_account())
        try:
            assert tmp_path not in grounds.parents
            assert grounds == find_grounds(closed / "var", find_account())
            assert grounds.stat().st_mode & 0o707 == 0o700
        finally:
            grounds.rmdir()

    def test_a_folder_of_somebody_else_is_refused(self, folder: Path) -> None:
        foreign = folder / "foreign"
        foreign.mkdir()
        os.chown(foreign, pwd.getpwnam("nobody").pw_uid, 0)
        with pytest.raises(OperatorError, match="belongs to somebody else"):
            make_private_folder(foreign, find_account())

    def test_a_link_is_refused(self, folder: Path) -> None:
        (folder / "link").symlink_to("/etc")
        with pytest.raises(OperatorError, match="belongs to somebody else"):
            make_private_folder(folder / "link", find_account())

    def test_binaries_that_cannot_be_reached_are_copied(self, tmp_path: Path, folder: Path) -> None:
        closed = tmp_path / "home"
        (closed / "wheel").mkdir(parents=True)
        closed.chmod(0o700)
        program = closed / "wheel" / "program"
        program.write_text("#!/bin/sh\nexit 0\n")
        program.chmod(0o700)
        found = usable_binaries([closed / "wheel"], ["wheel/program"], folder / "copies", find_account())
        assert found == folder / "copies"
        assert (found / "wheel" / "program").read_text() == program.read_text()
