"""What is compiled is never older than its sources."""

import subprocess
import sys
from pathlib import Path

import pytest

_CALLER = """
import sys
sys.path.append({folder!r})
from callee import callee
from forewarn.sla.compiled import {way}

@{way}
def caller(number):
    return callee(number)

print(caller(1))
"""
_CALLEE = """
from forewarn.sla.compiled import {way}

@{way}
def callee(number):
    return number + {added}
"""


def said_by(folder: Path, other: Path, way: str, added: int) -> str:
    """What a process prints whose kernel calls another one of this content, in another folder."""
    (other / "callee.py").write_text(_CALLEE.format(way=way, added=added))
    command = [sys.executable, str(folder / "caller.py")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(
    ("way", "place"),
    [("compiled", "."), ("allocating", "."), ("fused", "."), ("compiled", "other")],
)
def test_a_kernel_is_compiled_again_when_one_that_it_calls_changes(
    way: str, place: str, tmp_path: Path
) -> None:
    """The caller's own file stays as it is; the part that it calls, beside it or in another
    package, adds 1, then 2.
    """
    other = tmp_path / place
    other.mkdir(exist_ok=True)
    (tmp_path / "caller.py").write_text(_CALLER.format(way=way, folder=str(other)))
    assert said_by(tmp_path, other, way, 1) == "2"
    assert list(tmp_path.glob("__pycache__/caller.*.nbi"))
    assert said_by(tmp_path, other, way, 2) == "3"
