"""What processes of the tests find in memory when they begin; see `tests.forked`."""

import gunicorn.app.wsgiapp
import gunicorn.workers.gthread
import rq

import webapp.app
import webapp.demo.sink
import webapp.jobs.rules
import webapp.jobs.slices
from webapp.base import CATALOG, MODELS
from webapp.core.registry import load_all

for package in MODELS + CATALOG + webapp.app.PAGES:
    load_all(package)

__all__ = ["gunicorn", "rq", "webapp"]
