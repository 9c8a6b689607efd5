"""How commands answer: a sentence for people, or with ``--json`` one JSON value as the last line."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from webapp.core.database import db
from webapp.core.errors import OperatorError, PostroomError, StaffError

Answer = tuple[str, Any]  # a sentence, and the value for machines
REFUSED = 2  # exit status when what was asked for cannot be done
BROKEN = 1  # exit status when Postroom itself cannot do anything
_AS_JSON = "webapp.cli.as_json"  # where a click context keeps whether --json was given


def _ask(command: Callable[..., Answer], options: dict[str, Any]) -> Answer:
    """Call a command; a database that is away or empty, or cannot hold a value, becomes a sentence.

    Raises:
        PostroomError: what was asked for cannot be done.
    """
    try:
        return command(**options)
    except OperationalError as error:
        raise OperatorError("The database does not answer. Is Postroom running here?") from error
    except DataError as error:
        db.session.rollback()
        words = "A number is too large, or a text holds what is no character; nothing was changed."
        raise StaffError(words) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != "42P01":  # undefined table
            raise
        raise OperatorError("The database is empty. Bring it up to date with: flask db upgrade") from error


def answering(command: Callable[..., Answer]) -> Callable[..., None]:
    """Decorate a command that returns (sentence, value): prints one of them, and turns refusals into status 2."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON value as the last line.")
    @with_appcontext
    @wraps(command)
    def run(*, as_json: bool, **options: Any) -> None:
        try:
            sentence, value = _ask(command, options)
        except PostroomError as error:
            if as_json:
                click.echo(json.dumps({"error": error.message, "field": error.field}, ensure_ascii=False))
            click.echo(f"Error: {error.message}", err=True)
            raise SystemExit(BROKEN if isinstance(error, OperatorError) else REFUSED) from None
        click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else sentence)

    return run


class AnsweringGroup(AppGroup):
    """A group whose commands, asked with ``--json``, answer with JSON even when they cannot be read at all."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read the group's own arguments, and remember how all of them are to be answered."""
        options = args[: args.index("--")] if "--" in args else args
        as_json = "--json" in options
        with _telling(as_json):
            context = super().make_context(info_name, args, parent, **extra)
        context.meta[_AS_JSON] = as_json
        return context

    def invoke(self, ctx: click.Context) -> Any:
        """Find the command, read its arguments and run it."""
        with _telling(ctx.meta[_AS_JSON]):
            return super().invoke(ctx)


@contextmanager
def _telling(as_json: bool) -> Iterator[None]:
    """Print what is wrong with the arguments for machines too, before click tells people and ends with status 2."""
    try:
        yield
    except click.UsageError as error:
        if as_json:
            field = error.param.name if isinstance(error, click.BadParameter) and error.param else None
            click.echo(json.dumps({"error": error.format_message(), "field": field}, ensure_ascii=False))
        raise
