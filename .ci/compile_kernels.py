# noqa: INP001 - run by its path
"""Compile what a run of every stage needs, once, beside the checks that need one core.

Without this every worker that is the first to call a kernel compiles it, several at once.
"""

import tempfile
from importlib.resources import files
from pathlib import Path

from forewarn.demo import write_demo
from forewarn.workspace import Workspace
from pipelines import stages

_FEWEST = "\ntraining: {minimum_tickets: 100, trees: 2, seeds: [1], parts: [trees]}\n"


def main() -> None:
    """Six weeks of the demo desk through all stages, with hardly a model."""
    with tempfile.TemporaryDirectory() as folder:
        ws = Workspace(Path(folder))
        (ws.root / "data").mkdir()
        write_demo(ws.root / "data", weeks=6)
        example = files("forewarn").joinpath("examples", "demo.yaml").read_text("utf-8")
        quick = example.replace("evaluation:\n", "evaluation:\n  bootstrap: 50\n")
        ws.config_path.write_text(quick + _FEWEST, "utf-8")
        for stage in (
            stages.run_ingest, stages.run_train, stages.run_evaluate, stages.run_score,
            stages.run_report,
        ):  # fmt: skip
            stage(ws)


if __name__ == "__main__":
    main()
