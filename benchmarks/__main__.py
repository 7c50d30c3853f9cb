"""``python -m benchmarks PART|all``: measure, print, keep as JSON."""

import importlib
import sys

from benchmarks.record import print_figures, write_figures

PARTS = ("setup", "clock", "features", "models", "queue", "scale")
ASKED = ("ablation", "gate")
"""Parts that run only when they are named: they take long."""


def main(arguments: list[str]) -> int:
    """Run the parts that are named; 0 when every goal was met, 1 when not, 2 for no such part."""
    asked = arguments or ["all"]
    unknown = [part for part in asked if part not in (*PARTS, *ASKED, "all")]
    if unknown:
        known = ", ".join((*PARTS, *ASKED, "all"))
        print(f"no benchmark part {unknown[0]!r}; there are: {known}", file=sys.stderr)
        return 2
    parts = PARTS if "all" in asked else tuple(asked)
    met = [_run(part) for part in parts]
    return 0 if all(met) else 1


def _run(part: str) -> bool:
    module = importlib.import_module(f"benchmarks.{part}")
    measured = module.measure()
    write_figures(part, measured)
    return print_figures(part, measured, goals=module.GOALS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
