"""Every fault, small: nothing is lost, nobody gets it twice, and what is in doubt is listed and bounded."""

import secrets
from collections.abc import Iterator

import pytest
from _pytest.mark import ParameterSet

from tests.faults.fault import Fault
from tests.faults.grounds import Grounds
from tests.faults.run import find_faults, run_fault

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def grounds() -> Iterator[Grounds]:
    """Services of the suite's own, which faults may kill."""
    with Grounds() as grounds:
        yield grounds


def as_parameter(fault: Fault) -> ParameterSet:
    """Return a fault as a test's parameter; one that waits for a mending may fail."""
    waits = [pytest.mark.xfail(reason=fault.defect, strict=False)] if fault.defect else []
    return pytest.param(fault, id=fault.name, marks=waits)


@pytest.mark.parametrize("fault", [as_parameter(fault) for fault in find_faults([])])
def test_fault(fault: Fault, grounds: Grounds) -> None:
    seed = secrets.randbelow(1 << 30)
    report = run_fault(fault, grounds, letters=fault.small, seed=seed)
    assert report.ok, (
        f"{report.to_line()}\nonce more: python -m tests.faults --only {fault.name} --seed {seed}"
    )
