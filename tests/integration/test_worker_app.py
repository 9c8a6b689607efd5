"""What a worker carries about: only what freezing and sending need, and whatever a chore needs once one is due."""

import json
import os
import subprocess
import sys
from pkgutil import iter_modules

from flask_security import UserMixin

import webapp.jobs.chores
from tests.forked import CHECKOUT
from webapp.base import SENDING
from webapp.jobs.due import CHORES
from webapp.people.models.user import User

HEAVY = {
    *("openpyxl", "requests", "bleach", "css_inline", "html2text", "icalendar", "googleapiclient"),
    *("flask_security", "flask_login", "flask_wtf", "wtforms", "passlib", "babel"),
    *("cryptography.fernet", "cryptography.hazmat.primitives.asymmetric.rsa"),
    *("webapp.web", "webapp.catalog.triage", "webapp.catalog.concerns", "webapp.catalog.rules"),
}
"""Each of them costs every process of a worker up to seven megabytes."""

SCRIPT = """
import json, sys
from webapp.jobs import due, worker
loaded = sorted(sys.modules)
with worker.app.app_context():
    runs = {name: callable(due.open_chore(name)) for name in due.CHORES}
    runs["account"] = worker.app.extensions["vault"].open(worker.app.extensions["vault"].seal("url")) == "url"
print(json.dumps([loaded, runs]))
"""
SETTINGS = {
    "DATABASE_URL": "postgresql://nobody@localhost/nothing",
    "REDIS_URL": "redis://localhost",
    "SMTP_URL": "memory:",
    "PUBLIC_URL": "http://localhost",
    "SECRET_KEY": "for-nobody-0123456789abcdef0123456789",
}

UNUSED = {
    *("get_auth_token", "augment_auth_token", "verify_auth_token"),  # the API has tokens of its own
    *("check_tf_required", "check_tf_required_setup", "tf_send_security_token"),  # no second factor
    "us_send_security_token",  # no codes instead of passwords
}


def test_a_worker_carries_no_library_that_sending_does_not_need_and_can_do_every_chore() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **SETTINGS},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    loaded, runs = json.loads(done.stdout)
    assert not sorted(HEAVY & set(loaded)), "find who imports it: every worker would carry it from now on"
    assert runs == dict.fromkeys([*CHORES, "account"], True)
    sending = {
        f"{package}.{one.name}"
        for package in SENDING
        for one in iter_modules([str(CHECKOUT / package.replace(".", "/"))])
    }
    assert sending <= set(loaded), "a worker has every segment and every merge field"


def test_every_chore_has_its_question() -> None:
    files = {module.name for module in iter_modules(webapp.jobs.chores.__path__)}
    assert files == set(CHORES), "a chore is a file in jobs/chores and a line in jobs/due.py"


def test_a_user_answers_whatever_sign_in_asks() -> None:
    asked = {name for name in dir(UserMixin) if not name.startswith("_")}
    answered = {name for name in dir(User) if not name.startswith("_")}
    assert asked - answered == UNUSED, (
        "Flask-Security asks for more: answer it in SignIn, or say why it is unused"
    )
