"""The application for workers and the ticker, without pages; refuses to start with a list of what is wrong."""

from webapp.base import create_base, create_or_exit

app = create_or_exit(create_base)
