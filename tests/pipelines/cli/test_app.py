"""The command line as a process: what it imports, how it ends."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "altair", "fastapi", "jinja2", "lightgbm", "matplotlib", "mlflow", "numba", "numpy", "pandas",
    "prefect", "pyarrow", "pydantic", "sklearn", "sqlalchemy", "uvicorn", "vl_convert", "yaml",
}  # fmt: skip
NAMES = (
    "init", "check", "demo", "schema", "ingest", "train", "evaluate", "score", "report",
    "queue", "customers", "ticket", "sla", "features", "models", "feedback", "serve", "keys",
    "flows",
)  # fmt: skip


def run_forewarn(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, without a terminal."""
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_help_imports_nothing_heavy() -> None:
    """Start stays quick because help needs only Typer and Rich."""
    program = (
        "import sys; sys.argv = ['forewarn', '--help']\n"
        "from pipelines.cli import main\n"
        "try: main()\n"
        "except SystemExit: print('MODULES', *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split("MODULES", 1)[1].split())
    assert "pipelines.cli.work" in loaded
    assert not loaded & HEAVY


def test_help_names_every_command(tmp_path: Path) -> None:
    """A newcomer finds all commands in one place."""
    text = run_forewarn("--help", cwd=tmp_path).stdout
    for name in NAMES:
        assert f" {name} " in text


@pytest.mark.parametrize(
    "command",
    [["check"], ["ingest"], ["train"], ["evaluate"], ["score"], ["queue"], ["customers"],
     ["ticket", "T1"], ["report"], ["sla", "levels"], ["sla", "credits"],
     ["features", "list"], ["features", "audit"], ["models", "list"], ["models", "compare"],
     ["models", "promote"], ["models", "rollback"], ["models", "evidence"], ["models", "golden"],
     ["feedback", "list"], ["feedback", "effect"],
     ["serve"], ["keys", "list"], ["flows", "run", "score"]],
    ids=" ".join,
)  # fmt: skip
def test_missing_workspace_is_a_clear_message(command: list[str], tmp_path: Path) -> None:
    """Without forewarn.yaml every command says so, exits with 2, and writes nothing."""
    done = run_forewarn(*command, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "forewarn.yaml: not found. Run 'forewarn init' here" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_instant_without_offset_is_refused(tmp_path: Path) -> None:
    """An as_of without a zone could mean two things."""
    done = run_forewarn("score", "--as-of", "2026-05-25T10:00", cwd=tmp_path)
    assert done.returncode == 2
    assert "has no time zone; expected for example 2026-05-25T10:00Z" in done.stderr


def test_json_and_csv_exclude_each_other(tmp_path: Path) -> None:
    """Two forms at once are a usage error."""
    done = run_forewarn("queue", "--json", "--csv", cwd=tmp_path)
    assert done.returncode == 2
    assert "--json and --csv exclude each other" in done.stderr


def test_unknown_command_suggests_a_known_one(tmp_path: Path) -> None:
    """A typing mistake is answered with the nearest command."""
    done = run_forewarn("quue", cwd=tmp_path)
    assert done.returncode == 2
    assert "'queue'" in done.stderr


def test_version_is_told(tmp_path: Path) -> None:
    """The version can be asked for."""
    assert run_forewarn("--version", cwd=tmp_path).stdout == "forewarn 0.1.0\n"


def test_unexpected_error_has_no_traceback(tmp_path: Path) -> None:
    """A mistake of ours ends with 70, one line, and how to see more."""
    program = (
        "import sys; sys.argv = ['forewarn', 'schema']\n"
        "import forewarn.config\n"
        "forewarn.config.Config = None\n"
        "from pipelines.cli import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 70
    assert "Traceback" not in done.stderr
    assert "FOREWARN_DEBUG=1 shows where" in done.stderr


def test_missing_libgomp_is_a_clear_message(tmp_path: Path) -> None:
    """Where the system cannot load LightGBM's libgomp, the message says what to install."""
    (tmp_path / "libgomp.so.1").write_bytes(b"")
    program = (
        "import sys; sys.argv = ['forewarn', 'schema']\n"
        "import forewarn.config\n"
        "def load(): import lightgbm\n"
        "forewarn.config.Config.model_json_schema = staticmethod(load)\n"
        "from pipelines.cli import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "LD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "LightGBM needs the system library libgomp" in done.stderr
    assert "Traceback" not in done.stderr
