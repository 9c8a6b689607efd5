"""The application for gunicorn and for the ``flask`` command; refuses to start with a list of what is wrong."""

import sys

from webapp.app import create_app
from webapp.core.errors import OperatorError

CANNOT_LOAD = (
    4  # the status with which a worker of gunicorn tells its master to give up instead of trying again
)

try:
    app = create_app()
except OperatorError as error:
    print(error.message, file=sys.stderr)  # noqa: T201 -- there is no log yet
    sys.exit(CANNOT_LOAD)
