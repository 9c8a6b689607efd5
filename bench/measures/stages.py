"""Measurement: the CPU of each stage of sending, and whether one has doubled against the committed reference."""

import json
from pathlib import Path

from bench.ground import Run
from bench.measures import MEASURES, Figures
from bench.measures.shoot import run_plain_shoot

REFERENCE = Path(__file__).resolve().parent.parent / "reference.json"
AT_MOST = 2.0  # times the reference
NOTICED = 0.05  # of smtp-source's CPU: a stage that grew by less has grown by the start of a short shoot


@MEASURES.register("stages")
def measure_stages(run: Run) -> Figures:
    """Return each stage's microseconds per letter, and in how many of the load generator's letters that is.

    The ratio to ``smtp-source``'s CPU of the same run is what can be compared between machines and days.
    """
    shot, source, _ = run_plain_shoot(run)
    stages = shot.stages()
    ratios = {}
    if source is not None:
        ratios = {
            f"ratio_{name.removesuffix('_cpu_us')}": round(cost / source.cpu_us, 3)
            for name, cost in stages.items()
        }
    return {"letters": shot.letters, **stages, **ratios}


def read_reference() -> dict[str, float]:
    """Return the committed ratio of each stage; none before a first one was written."""
    if not REFERENCE.exists():
        return {}
    read: dict[str, float] = json.loads(REFERENCE.read_text(encoding="utf-8"))["stages"]
    return read


def write_reference(line: Figures) -> None:
    """Make the ratios of a line of figures the reference.

    Args:
        line: medians of this measurement.

    Raises:
        ValueError: a stage has cost nothing, which no stage does: too few letters, or the workers log nonsense.
    """
    nothing = [name for name in line if name.startswith("ratio_") and line[name] <= 0]
    if nothing:
        raise ValueError(
            f"These stages have cost nothing: {', '.join(nothing)}. The reference stays as it was."
        )
    ratios = {name: line[name] for name in sorted(line) if name.startswith("ratio_")}
    said = {"letters": line["letters"], "runs": line["runs"], "stages": ratios}
    REFERENCE.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def find_doubled(line: Figures, reference: dict[str, float]) -> list[str]:
    """Return a sentence for each stage that costs over twice its reference, and for each that cannot be compared.

    Args:
        line: medians of this measurement.
        reference: ratio by stage; empty where there is none yet.
    """
    found = []
    for name, was in reference.items():
        ratio = line.get(name)
        stage = name.removeprefix("ratio_")
        if ratio is None:
            found.append(f"The stage {stage} stands in the reference, but the workers no longer log it.")
        elif ratio > AT_MOST * was and ratio - was > NOTICED:
            found.append(
                f"The stage {stage} costs {ratio:.2f} times the CPU of smtp-source per letter; in the reference it"
                f" was {was:.2f}, so it has more than doubled."
            )
    return found
