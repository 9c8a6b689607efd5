"""The application of workers, without pages; refuses to start with a list of what is wrong."""

from functools import partial

from webapp.base import SENDING, create_base, create_or_exit

app = create_or_exit(partial(create_base, catalog=SENDING))
