"""The script that runs in the environment of AutoML, up to where it needs that."""

import subprocess
import sys
from pathlib import Path

import pandas as pd

from benchmarks.models_automl import ROLE, TRUTH, fit_command


def test_the_script_reads_what_it_is_given(tmp_path: Path) -> None:
    """It comes as far as asking a framework that does not exist: no file of ours is in its way."""
    given = tmp_path / "given.parquet"
    pd.DataFrame({ROLE: ["learn", "choose"], TRUTH: [0.0, 1.0], "x": [1, 2]}).to_parquet(given)
    command = [*fit_command(Path(sys.executable)), "nobody", given, tmp_path / "taken", 1, 1]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "KeyError: 'nobody'"
