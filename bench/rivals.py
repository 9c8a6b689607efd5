"""What the real path is compared with, in the same run: Postfix's load generator and two loops."""

import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate, make_msgid

import psycopg
from jinja2 import Template

from bench.letter import make_html, make_text

LOOP_SECONDS = 8.0  # that a loop may take, however many letters are left
SOURCE = shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast something sends: letters a second, and microseconds of its own CPU per letter."""

    per_second: float
    cpu_us: float


def run_smtp_source(port: int, number: int, size: int, connections: int) -> Pace | None:
    """Return the pace of Postfix's load generator, or None where it is missing.

    Args:
        port: of the sink on loopback.
        number: letters.
        size: bytes of each.
        connections: at a time, kept open.
    """
    if SOURCE is None:
        return None
    command = [SOURCE, "-d", "-s", str(connections), "-m", str(number), "-l", str(size), f"127.0.0.1:{port}"]
    began = time.monotonic()
    process = subprocess.Popen(command)
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise ChildProcessError(f"smtp-source ended with {process.returncode}.")
    return Pace(number / seconds, (used.ru_utime + used.ru_stime) / number * 1e6)


def _values(n: int) -> dict[str, dict[str, object]]:
    return {
        "person": {"name": f"Zażółć {n}", "greeting": "Zażółć"},
        "registration": {"ticket": "Workshop", "table": n % 40, "city": "Gdańsk"},
    }


def _make_naive() -> Callable[[int], Message]:
    """Return how everybody first makes a letter: EmailMessage."""
    html, text = Template(make_html(), autoescape=True), Template(make_text(), autoescape=False)

    def make(n: int) -> Message:
        values = _values(n)
        letter = EmailMessage()
        letter["From"] = "Ola z Krakowa <desk@example.org>"
        letter["To"] = f"Zażółć {n} <p{n}@example.org>"
        letter["Subject"] = f"Zażółć! {n}, see you in Kraków"
        letter["List-Unsubscribe"] = f"<https://example.org/opt-out/{n}>"
        letter.set_content(text.render(values))
        letter.add_alternative(html.render(values), subtype="html")
        return letter

    return make


def _make_best() -> Callable[[int], Message]:
    """Return how a letter is made quickly with the standard library: its older classes."""
    html, text = Template(make_html(), autoescape=True), Template(make_text(), autoescape=False)
    sender = formataddr(("Ola z Krakowa", "desk@example.org"))

    def make(n: int) -> Message:
        values = _values(n)
        letter = MIMEMultipart("alternative")
        letter["From"] = sender
        letter["To"] = formataddr((f"Zażółć {n}", f"p{n}@example.org"))
        letter["Subject"] = Header(f"Zażółć! {n}, see you in Kraków", "utf-8").encode()
        letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain="example.org")
        letter["List-Unsubscribe"] = f"<https://example.org/opt-out/{n}>"
        letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        letter.attach(MIMEText(text.render(values), "plain", "utf-8"))
        letter.attach(MIMEText(html.render(values), "html", "utf-8"))
        return letter

    return make


def _numbers(connection: "psycopg.Connection[tuple[int]]", number: int) -> Iterator[int]:
    """Yield the rows of a table of recipients, each marked as sent, and committed, when it has been."""
    connection.execute("CREATE TEMPORARY TABLE rival (n int PRIMARY KEY, sent_at timestamptz)")
    connection.execute("INSERT INTO rival SELECT generate_series(1, %s)", [number])
    connection.commit()
    for n in range(1, number + 1):
        yield n
        connection.execute("UPDATE rival SET sent_at = now() WHERE n = %s", [n])
        connection.commit()


def _run_loop(port: int, database_url: str, number: int, make: Callable[[int], Message]) -> Pace:
    """Send so many letters, or as many as there is time for."""
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection, smtplib.SMTP("127.0.0.1", port) as server:
        began, cpu = time.monotonic(), time.process_time()
        n = 0
        for n in _numbers(connection, number):
            server.sendmail("desk@example.org", [f"p{n}@example.org"], make(n).as_bytes())
            if time.monotonic() - began > LOOP_SECONDS:
                break
        return Pace(n / (time.monotonic() - began), (time.process_time() - cpu) / n * 1e6)


def run_naive_loop(port: int, database_url: str, number: int) -> Pace:
    """Return the pace of the loop that everybody writes first.

    One connection, a template rendered and an EmailMessage built per recipient, smtplib, a commit per letter.
    """
    return _run_loop(port, database_url, number, _make_naive())


def run_best_loop(port: int, database_url: str, number: int) -> Pace:
    """Return the pace of the best loop over rows: MIMEText, smtplib on one connection, a commit per row."""
    return _run_loop(port, database_url, number, _make_best())
