"""What ``make bench`` can measure: one file a measurement, each a function of a run that returns its figures."""

from collections.abc import Callable
from typing import Any

from bench.ground import Run
from webapp.core.registry import Shelf

Figures = dict[str, Any]
Measure = Callable[[Run], Figures]
"""Takes one run; what it returns is printed, numbers as medians over all runs. None stands for what cannot be told."""

MEASURES: Shelf[Measure] = Shelf("measurement")
