"""The rules of the house that no tool knows; each message says how to mend what it finds."""

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
SOURCES = sorted((CHECKOUT / "webapp").rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 300, 50

pytestmark = pytest.mark.xdist_group("house")  # in one process, which parses every source once


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the tree of a source file, parsed once for all rules."""
    return ast.parse(path.read_text(encoding="utf-8"))


def trees(paths: Iterable[Path] = SOURCES) -> Iterator[tuple[str, ast.Module]]:
    """Yield every source file's path and tree."""
    for path in paths:
        yield str(path.relative_to(CHECKOUT)), tree_of(path)


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield every call in a tree with the last part of what is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            target = node.func
            name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
            yield name, node


@pytest.mark.parametrize("folder", ["webapp", "tests", "bench"])
def test_files_are_short(folder: str) -> None:
    long = {
        str(path.relative_to(CHECKOUT)): count
        for path in (CHECKOUT / folder).rglob("*.py")
        if (count := path.read_text(encoding="utf-8").count("\n")) > LONGEST_FILE
    }
    assert not long, f"split these files where their story has a seam: {long}"


@pytest.mark.parametrize("folder", ["webapp", "tests", "bench"])
def test_functions_are_short(folder: str) -> None:
    long = {
        f"{path}:{node.lineno} {node.name}": length
        for path, tree in trees((CHECKOUT / folder).rglob("*.py"))
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert not long, f"name the steps of these functions: {long}"


def test_only_transaction_commits() -> None:
    found = {
        f"{path}:{call.lineno}"
        for path, tree in trees()
        for name, call in calls(tree)
        if name == "commit" and path != "webapp/core/transaction.py" and not path.startswith("webapp/demo/")
    }
    assert not found, f"use `with transaction():` instead of committing here: {found}"


def test_only_move_writes_a_state() -> None:
    found = {
        f"{path}:{call.lineno}"
        for path, tree in trees()
        for name, call in calls(tree)
        if name == "values"
        and any(keyword.arg == "state" for keyword in call.keywords)
        and path != "webapp/core/move.py"
    }
    found |= {
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr == "state" and not is_new(path, target)
    }
    assert not found, f"move rows with webapp.core.move, which knows their table of transitions: {found}"


def is_new(path: str, target: ast.Attribute) -> bool:
    """Say whether a state is that of a row which is only being made."""
    holder = target.value.id if isinstance(target.value, ast.Name) else ""
    return path.startswith("webapp/mail/actions/schedule") and holder == "shoot"


def test_only_settings_reads_the_environment() -> None:
    allowed = ("webapp/settings.py", "webapp/base.py", "webapp/jobs/", "webapp/demo/")
    found = {
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"environ", "getenv"}
        and not path.startswith(allowed)
    }
    assert not found, f"read it in webapp/settings.py and pass it on: {found}"


def test_requests_are_read_only_in_web() -> None:
    names = {"request", "session", "render_template", "redirect", "url_for", "flash"}
    found = {
        f"{path}:{node.lineno} {alias.name}"
        for path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for alias in node.names
        if alias.name in names and not path.startswith(("webapp/web/", "webapp/demo/inbox"))
    }
    assert not found, f"requests and pages belong to webapp/web: {found}"


def test_imports_stand_at_the_top() -> None:
    found = {
        f"{path}:{node.lineno}"
        for path, tree in trees()
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert not found, f"move these imports to the top; if that makes a cycle, mend the cycle: {found}"


def test_no_drawers_for_odds_and_ends() -> None:
    odd = {"utils", "util", "helpers", "common", "misc", "tools"}
    found = {
        str(path.relative_to(CHECKOUT)) for path in SOURCES if path.stem in odd or path.parent.name in odd
    }
    assert not found, f"say what these files are: {found}"


def test_every_module_says_its_purpose() -> None:
    silent = {path for path, tree in trees() if tree.body and not ast.get_docstring(tree)}
    assert not silent, f"begin these with one sentence that says what they are for: {silent}"


def test_actions_of_one_stage_do_not_import_those_of_another() -> None:
    beneath = {"outbox", "render", "rules"}
    found = set()
    for path, tree in trees():
        match = re.fullmatch(r"webapp/(mail|programme)/actions/(\w+)\.py", path)
        if match is None:
            continue
        wing, own = match.groups()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"webapp.{wing}.actions."):
                other = (node.module or "").rpartition(".")[2]
                if other.split("_")[0] != own.split("_")[0] and other not in beneath:
                    found.add(f"{path} imports {other}")
    assert not found, f"stages speak through rows; let the caller call both: {found}"


def test_every_queue_has_its_process() -> None:
    procfile = (CHECKOUT / "Procfile").read_text(encoding="utf-8")
    for queue in ("urgent", "bulk"):
        assert f"worker_{queue}:" in procfile, f"add a line worker_{queue} to the Procfile"


def test_the_trigger_cuts_chunks_as_the_code_does() -> None:
    size = re.search(r"^CHUNK_SIZE = (\d+)", (CHECKOUT / "webapp/mail/models/shoot.py").read_text(), re.M)
    trigger = (CHECKOUT / "migrations/versions/0002_tallies.py").read_text()
    assert size is not None
    assert set(re.findall(r"seq / (\d+)", trigger)) == {size.group(1)}, (
        "the trigger and CHUNK_SIZE must agree"
    )


def test_no_template_acts_inline() -> None:
    acts = re.compile(
        r"<script(?![^>]*\b(src|type=\"application/json\"|type=\"module\"))[^>]*>|\son\w+\s*=|javascript:",
        re.I,
    )
    found = {
        f"{path.relative_to(CHECKOUT)}: {match.group(0)[:40]}"
        for path in (CHECKOUT / "templates").rglob("*.html")
        for match in acts.finditer(path.read_text(encoding="utf-8"))
        if "nonce" not in match.group(0)
    }
    assert not found, f"put scripts into static/js; the policy forbids them inline: {found}"
