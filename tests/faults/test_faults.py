"""Every fault, small: nothing is lost, nobody gets it twice, and what is in doubt is listed and bounded."""

import secrets
from collections.abc import Iterator

import pytest

from tests.faults.fault import Fault
from tests.faults.grounds import Grounds
from tests.faults.run import find_faults, run_fault

# In one process: they mostly wait, while the others work.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("faults")]


@pytest.fixture(scope="module")
def grounds() -> Iterator[Grounds]:
    """Services of the suite's own, which faults may kill."""
    with Grounds() as grounds:
        yield grounds


@pytest.mark.parametrize("fault", find_faults([]), ids=lambda fault: fault.name)
def test_fault(fault: Fault, grounds: Grounds) -> None:
    seed = secrets.randbelow(1 << 30)
    report = run_fault(fault, grounds, letters=fault.small, seed=seed)
    assert report.ok, (
        f"{report.to_line()}\nonce more: python -m tests.faults --only {fault.name} --seed {seed}"
    )
