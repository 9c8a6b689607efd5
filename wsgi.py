"""The application for gunicorn and for the ``flask`` command; refuses to start with a list of what is wrong."""

from webapp.app import create_app
from webapp.base import create_or_exit

app = create_or_exit(create_app)
