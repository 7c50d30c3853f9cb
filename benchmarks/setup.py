"""Part ``setup``: how long a newcomer waits, and how big the report is."""

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from time import perf_counter

from benchmarks.record import ROOT, RUNS, Goal, Measured, middle, time_runs

GOALS = {
    "demo_seconds": Goal("<=", 300),
    "cli_help_seconds": Goal("<=", 0.5),
    "report_mb": Goal("<=", 2),
}
_HELP_RUNS = 7


def measure() -> Measured:
    """Run the demo in fresh clones of the last commit, then ask for help."""
    with tempfile.TemporaryDirectory() as folder:
        clones = [_clone(Path(folder) / str(number)) for number in range(RUNS)]
        first = [_run_demo(clone) for clone in clones]
        second = _run_demo(clones[0])
        report_mb = _report_bytes(clones[0]) / 1e6
    command = [Path(sys.executable).parent / "forewarn", "--help"]
    helps = time_runs(
        lambda: subprocess.run(command, check=True, capture_output=True), runs=_HELP_RUNS
    )
    return Measured(
        {
            "demo_seconds": middle(first),
            "demo_again_seconds": second,
            "cli_help_seconds": middle(helps),
            "report_mb": report_mb,
        },
        {"demo_runs": first, "help_runs": helps},
    )


def _clone(folder: Path) -> Path:
    """A fresh clone with an environment of its own that borrows the installed packages."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    environment = folder / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True)
    (Path(own.stdout.strip()) / "packages.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    install = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*install, "--no-build-isolation", "--editable", folder], check=True)
    (environment / ".ready").touch()
    return folder


def _run_demo(clone: Path) -> float:
    """Seconds of ``make demo``."""
    start = perf_counter()
    done = subprocess.run(["make", "demo"], cwd=clone, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"make demo failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return perf_counter() - start


def _report_bytes(clone: Path) -> int:
    return max(path.stat().st_size for path in (clone / "demo" / "reports").glob("*.html"))
