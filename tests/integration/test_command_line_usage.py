"""Arguments that cannot be read: with ``--json`` the answer is JSON even then, for every command there is."""

import json
from collections.abc import Iterator

import pytest
from click.testing import Result
from flask import Flask


def run(app: Flask, *arguments: str) -> Result:
    """Run a command in this process."""
    return app.test_cli_runner().invoke(args=arguments)


def answers_of(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield group and name of every command of ours that knows ``--json``."""
    for group_name, group in app.cli.commands.items():
        for name, command in getattr(group, "commands", {}).items():
            if any("--json" in parameter.opts for parameter in command.params):
                yield group_name, name


@pytest.mark.parametrize(
    ("arguments", "words", "field"),
    [
        (("shoot", "send", "--json"), "Missing option '--subject'", "subject"),
        (("shoot", "show", "--json"), "Missing argument 'SHOOT_ID'", "shoot_id"),
        (("shoot", "--json", "show"), "No such option '--json'", None),
        (("shoot", "show", "one", "--json"), "'one' is not a valid integer", "shoot_id"),
        (("shoot", "shout", "--json"), "No such command 'shout'", None),
        (("people", "import", "x.csv", "--event", "x", "--kind", "king", "--json"), "'king' is not", "kind"),
        (("event", "list", "--json", "too", "many"), "unexpected extra arguments", None),
        (("shoot", "send", "--json", "--subject"), "requires an argument", None),
        (("staff", "create", "ada@example.org", "--role", "king", "--json"), "'king' is not one of", "role"),
    ],
)
def test_wrong_arguments_are_answered_in_json(
    app: Flask, arguments: tuple[str, ...], words: str, field: str | None
) -> None:
    result = run(app, *arguments)
    assert result.exit_code == 2
    assert result.stdout.count("\n") == 1, "one value, on the last line"
    answer = json.loads(result.stdout)
    assert words in answer["error"]
    assert answer["field"] == field
    assert words in result.stderr


def test_every_command_answers_so(app: Flask) -> None:
    commands = list(answers_of(app))
    assert {("shoot", "send"), ("event", "list"), ("demo", "load"), ("staff", "create")} <= set(commands)
    for group, name in commands:
        result = run(app, group, name, "--json", "--no-such-option")
        assert result.exit_code == 2, (group, name)
        assert "--no-such-option" in json.loads(result.stdout)["error"], (group, name)


@pytest.mark.parametrize("arguments", [("shoot", "show"), ("shoot", "show", "--", "--json")])
def test_people_are_told_by_click_alone(app: Flask, arguments: tuple[str, ...]) -> None:
    result = run(app, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage:" in result.stderr


def test_help_is_no_mistake(app: Flask) -> None:
    result = run(app, "shoot", "send", "--json", "--help")
    assert result.exit_code == 0
    assert "--subject" in result.stdout
