"""What a process does with its settings: all faults at once, no trace, no secret, the file of a running Postroom."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.forked import CHECKOUT, ForkedModule
from tests.processes import free_port
from webapp.core.errors import OperatorError
from webapp.settings import NAMES, read_settings

GOOD = {
    "DATABASE_URL": "postgresql://postroom:database-password@127.0.0.1:5432/postroom",
    "REDIS_URL": "redis://:queue-password@127.0.0.1:6379/0",
    "SMTP_URL": "smtp://desk:carrier-password@127.0.0.1:2525?starttls=never",
    "PUBLIC_URL": "https://postroom.example.org/",
    "SECRET_KEY": "signing-secret-0123456789abcdef0123456789",
    "SECRET_KEY_OLD": "earlier-secret-0123456789abcdef0123456789",
}
SECRETS = ("database-password", "queue-password", "carrier-password", "signing-secret", "earlier-secret")
PROCESSES = {
    "web": ("gunicorn", "--no-control-socket", "-k", "gthread", "wsgi:app"),
    "worker": ("webapp.jobs.worker", "urgent"),
    "ticker": ("webapp.jobs.ticker",),
    "command": ("flask", "--app", "wsgi", "event", "list"),
}


def environment_of(settings: dict[str, str]) -> dict[str, str]:
    """Return an environment with these settings and no others."""
    bare = {name: value for name, value in os.environ.items() if name not in NAMES}
    return {**bare, "PORT": str(free_port()), **settings}


def run(module: tuple[str, ...], settings: dict[str, str], folder: Path) -> tuple[int, str]:
    """Run a process with these settings to its end, and return how it ended and what it said."""
    log = folder / "log"
    code = ForkedModule(module[0], module[1:], environment_of(settings), log).wait(30)
    return code, log.read_text()


def run_cold(module: tuple[str, ...], settings: dict[str, str], folder: Path) -> tuple[int, str]:
    """Do the same with a Python that reads everything anew, as at somebody's desk."""
    log = folder / "log"
    with log.open("w") as said:
        ended = subprocess.run(
            [sys.executable, "-m", *module],
            env=environment_of(settings),
            cwd=CHECKOUT,
            stdout=said,
            stderr=said,
            timeout=60,
            check=False,
        )
    return ended.returncode, log.read_text()


def faults_of(**settings: str) -> str:
    """Return what is said to these settings laid over good ones."""
    with pytest.raises(OperatorError) as caught:
        read_settings({**GOOD, **settings}, services_file=None)
    return caught.value.message


@pytest.mark.parametrize("process", PROCESSES)
def test_every_process_refuses_at_once_names_all_faults_and_shows_no_trace(
    process: str, tmp_path: Path
) -> None:
    bad = {
        "DATABASE_URL": "mysql://postroom:database-password@127.0.0.1/postroom",
        "REDIS_URL": "redis://:queue-password@/0",
        "SMTP_URL": "smtp://desk:carrier-password@127.0.0.1?starttls=perhaps&connections=many",
        "PUBLIC_URL": "postroom.example.org",
        "SECRET_KEY": "too-short",
        "SECRET_KEY_OLD": f"too-short-too,{GOOD['SECRET_KEY']},so-is-this",
        "POSTROOM_LOG": "xml",
    }
    start = run if process == "command" else run_cold  # how a command starts cold is seen below
    code, said = start(PROCESSES[process], bad, tmp_path)
    assert code != 0, said
    for sentence in (
        "DATABASE_URL must start with postgresql://",
        "REDIS_URL names no host",
        "starttls must be one of",
        "connections must be a number",
        "PUBLIC_URL must start with http:// or https://",
        "SECRET_KEY is shorter than 32 characters",
        "SECRET_KEY_OLD: secret 1 is shorter than 32 characters",
        "SECRET_KEY_OLD: secret 3 is shorter than 32 characters",
        "POSTROOM_LOG must be text or json",
    ):
        assert said.count(sentence) == 1, f"{sentence!r} in\n{said}"
    assert "Traceback" not in said
    assert not [secret for secret in (*SECRETS, "too-short", "so-is-this") if secret in said]


def test_missing_settings_are_all_named_and_how_to_make_a_secret_is_said() -> None:
    with pytest.raises(OperatorError) as caught:
        read_settings({"DATABASE_URL": ""}, services_file=None)
    for name in ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL", "SECRET_KEY"):
        assert f"{name} is missing." in caught.value.message, "an empty one counts as not given"
    assert "secrets.token_hex()" in caught.value.message


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL"])
def test_a_url_that_cannot_be_read_is_not_quoted(name: str) -> None:
    scheme = GOOD[name].partition(":")[0]
    said = faults_of(**{name: f"{scheme}://user:half-a-pass/word@host/x"})
    assert f"{name} is not a URL" in said
    assert "half" not in said


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "8000 ", "٨٠"])
def test_a_port_is_a_number_in_its_bounds(port: str) -> None:
    assert "PORT must be a number from 1 to 65535." in faults_of(PORT=port)


def test_a_running_postroom_fills_in_what_the_environment_does_not_give(tmp_path: Path) -> None:
    file = tmp_path / "services.json"
    file.write_text(json.dumps({**GOOD, "PUBLIC_URL": "http://127.0.0.1:8000", "started_at": "now"}))
    given = {"PUBLIC_URL": "https://desk.example.org/", "REDIS_URL": ""}
    settings = read_settings(given, services_file=file)
    assert settings.public_url == "https://desk.example.org", "the environment wins"
    assert settings.redis_url == GOOD["REDIS_URL"], "an empty one counts as not given"
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert settings.secret_keys == (GOOD["SECRET_KEY"], GOOD["SECRET_KEY_OLD"])
    assert not settings.is_demo


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', "\xff\xfe"])
def test_a_damaged_file_of_services_is_a_sentence_and_what_is_missing_is_named_too(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "services.json"
    file.write_text(content, encoding="latin-1")
    with pytest.raises(OperatorError, match=r"services\.json cannot be read") as caught:
        read_settings({"SECRET_KEY": "short"}, services_file=file)
    assert "DATABASE_URL is missing." in caught.value.message
    assert "SECRET_KEY is shorter" in caught.value.message


def test_each_earlier_secret_is_as_long_as_the_new_one_must_be() -> None:
    written = {**GOOD, "SECRET_KEY_OLD": f"{'b' * 32},{'c' * 40},,"}
    assert read_settings(written, services_file=None).secret_keys == (GOOD["SECRET_KEY"], "b" * 32, "c" * 40)
    said = faults_of(SECRET_KEY_OLD=f"{'b' * 32},{'c' * 31}")
    assert "SECRET_KEY_OLD: secret 2 is shorter" in said
    assert "secret 1" not in said


def test_secrets_stay_out_of_reprs_and_logs(caplog: pytest.LogCaptureFixture) -> None:
    settings = read_settings(GOOD, services_file=None)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("settings").warning("%r %s", settings, settings)
    assert "postroom.example.org" in caplog.text
    assert not [secret for secret in SECRETS if secret in caplog.text]


@pytest.mark.parametrize(("log_format", "start"), [("text", run_cold), ("json", run)])
def test_a_process_that_cannot_reach_its_services_tells_no_secret(
    log_format: str, start: Callable[[tuple[str, ...], dict[str, str], Path], tuple[int, str]], tmp_path: Path
) -> None:
    closed = free_port()
    settings = {
        **GOOD,
        "DATABASE_URL": f"postgresql://postroom:database-password@127.0.0.1:{closed}/postroom",
        "REDIS_URL": f"redis://:queue-password@127.0.0.1:{closed}/0",
        "POSTROOM_LOG": log_format,
    }
    code, said = start(PROCESSES["command"], settings, tmp_path)
    assert code != 0
    assert not [secret for secret in SECRETS if secret in said], said
    assert "Traceback" not in said, said
    assert "database" in said.lower()
