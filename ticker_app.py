"""The application of the ticker, without pages; refuses to start with a list of what is wrong."""

from flask import Flask

from webapp.base import SENDING, create_base, create_or_exit
from webapp.catalog.letters import install_letters


def create_ticker() -> Flask:
    """Build it with what rules and the letters that they cause need."""
    ticker = create_base(catalog=(*SENDING, "webapp.catalog.rules"))
    install_letters(ticker.extensions)
    return ticker


app = create_or_exit(create_ticker)
