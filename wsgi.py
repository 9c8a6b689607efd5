"""The application for gunicorn and for the ``flask`` command; refuses to start with a list of what is wrong."""

import sys

from webapp.app import create_app
from webapp.core.errors import OperatorError

try:
    app = create_app()
except OperatorError as error:
    sys.exit(error.message)
