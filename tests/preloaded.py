"""What processes of the tests find in memory when they begin; see `tests.forked`."""

import gc

import gunicorn.app.wsgiapp
import gunicorn.workers.gthread
import rq

import webapp.app
import webapp.demo.sink
import webapp.jobs.rules
import webapp.jobs.slices
from tests.compiled_templates import share_compiled_templates
from webapp.base import CATALOG, MODELS
from webapp.core.registry import load_all
from webapp.settings import Settings

for package in (*MODELS, *CATALOG, *webapp.app.PAGES, "webapp.jobs.chores"):
    load_all(package)

share_compiled_templates()
# An application speaks to nothing while it is made. The first one of a process reads the rest of the libraries, and
# has the mappers configured and the addresses of pages compiled for those that follow.
webapp.app.create_app(
    Settings(
        database_url="postgresql+psycopg://nobody@localhost/nothing",
        redis_url="redis://localhost",
        smtp_url="memory:",
        public_url="http://localhost",
        secret_keys=("for-nobody-0123456789abcdef0123456789",),
    )
)
gc.freeze()  # none of it is ever garbage

__all__ = ["gunicorn", "rq", "webapp"]
