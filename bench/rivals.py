"""What the real path is compared with, in the same run: Postfix's load generator and a naive loop."""

import shutil
import smtplib
import subprocess
import time
from email.message import EmailMessage

import psycopg
from jinja2 import Template

from bench.letter import make_html, make_text

SOURCE = shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin")
SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin:/usr/local/sbin")


def run_smtp_source(port: int, number: int, size: int, connections: int) -> float | None:
    """Return the letters per second of Postfix's load generator, or None where it is missing."""
    if SOURCE is None:
        return None
    began = time.monotonic()
    subprocess.run(
        [SOURCE, "-d", "-s", str(connections), "-m", str(number), "-l", str(size), f"127.0.0.1:{port}"],
        check=True,
        timeout=300,
    )
    return number / (time.monotonic() - began)


def run_naive_loop(port: int, database_url: str, number: int) -> float:
    """Return the letters per second of the loop that everybody writes first.

    One connection, a template rendered and an EmailMessage built per recipient, smtplib, a commit per letter.
    """
    html, text = Template(make_html(), autoescape=True), Template(make_text(), autoescape=False)
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url) as connection, smtplib.SMTP("127.0.0.1", port) as server:
        connection.execute("CREATE TEMPORARY TABLE naive (n int PRIMARY KEY, sent_at timestamptz)")
        connection.execute("INSERT INTO naive SELECT generate_series(1, %s)", [number])
        connection.commit()
        began = time.monotonic()
        for n in range(1, number + 1):
            values = {
                "person": {"name": f"Zażółć {n}", "greeting": "Zażółć"},
                "registration": {"ticket": "Workshop", "table": n % 40, "city": "Gdańsk"},
            }
            letter = EmailMessage()
            letter["From"] = "Ola z Krakowa <desk@example.org>"
            letter["To"] = f"Zażółć {n} <p{n}@example.org>"
            letter["Subject"] = f"Zażółć! {n}, see you in Kraków"
            letter["List-Unsubscribe"] = f"<https://example.org/opt-out/{n}>"
            letter.set_content(text.render(values))
            letter.add_alternative(html.render(values), subtype="html")
            server.send_message(letter)
            connection.execute("UPDATE naive SET sent_at = now() WHERE n = %s", [n])
            connection.commit()
        return number / (time.monotonic() - began)
