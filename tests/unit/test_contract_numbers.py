"""Each of the 25 behaviours that the programme side promises has a test that bears its number and its mark."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
PROMISED = range(1, 26)
NAME = re.compile(r"test_contract_(\d\d)_(?:and_(\d\d)_)?\w+")


@cache
def contract_tests() -> dict[str, tuple[set[int], bool]]:
    """Return the numbers of each test that is named after a contract, and whether it is marked as one."""
    found = {}
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text(encoding="utf-8")
        if "def test_contract" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_contract"):
                match = NAME.fullmatch(node.name)
                numbers = {int(number) for number in match.groups() if number} if match else set()
                is_marked = any("mark.contract" in ast.unparse(one) for one in node.decorator_list)
                found[f"{path.relative_to(TESTS)}::{node.name}"] = (numbers, is_marked)
    return found


def test_every_promised_behaviour_has_its_tests() -> None:
    by_number = defaultdict(list)
    for name, (numbers, _) in contract_tests().items():
        for number in numbers:
            by_number[number].append(name)
    missing = sorted(set(PROMISED) - by_number.keys())
    assert not missing, f"write test_contract_NN_… for these: {missing}"
    unknown = {number: by_number[number] for number in by_number.keys() - set(PROMISED)}
    assert not unknown, f"nobody promised these: {unknown}"


def test_tests_of_contracts_are_numbered_and_marked() -> None:
    odd = sorted(
        name for name, (numbers, is_marked) in contract_tests().items() if not (numbers and is_marked)
    )
    assert not odd, f"name them test_contract_NN_… and mark them with pytest.mark.contract: {odd}"
