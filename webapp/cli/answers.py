"""How commands answer: a sentence for people, or with ``--json`` one JSON value as the last line."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask.cli import with_appcontext

from webapp.core.errors import PostroomError

Answer = tuple[str, Any]  # a sentence, and the value for machines
REFUSED = 2  # exit status when what was asked for cannot be done


def answering(command: Callable[..., Answer]) -> Callable[..., None]:
    """Decorate a command that returns (sentence, value): prints one of them, and turns refusals into status 2."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON value as the last line.")
    @with_appcontext
    @wraps(command)
    def run(*, as_json: bool, **options: Any) -> None:
        try:
            sentence, value = command(**options)
        except PostroomError as error:
            if as_json:
                click.echo(json.dumps({"error": error.message, "field": error.field}, ensure_ascii=False))
            click.echo(f"Error: {error.message}", err=True)
            raise SystemExit(REFUSED) from error
        click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else sentence)

    return run
