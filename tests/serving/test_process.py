"""Telling a process that lives from one that is gone."""

import subprocess
import sys
import time

from serving.process import is_gone, this_process


def test_this_process_lives() -> None:
    """The process that asks is not gone."""
    assert not is_gone(this_process())


def test_an_ended_process_is_gone_even_before_it_is_reaped() -> None:
    """A child that ended is gone, also while it is a zombie, and after it."""
    code = "from serving.process import this_process; print(this_process(), flush=True)"
    with subprocess.Popen(
        [sys.executable, "-c", code + "; input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stdout is not None
        name = child.stdout.readline().strip()
        assert not is_gone(name)
        child.kill()
        time.sleep(0.2)
        assert is_gone(name)
    assert is_gone(name)


def test_a_reused_number_is_another_process() -> None:
    """The same process number with another start is not the process that held the lease."""
    boot, space, pid, started = this_process().split("/")
    assert is_gone(f"{boot}/{space}/{pid}/{int(started) + 1}")


def test_what_cannot_be_seen_is_believed_to_live() -> None:
    """Another boot, another container, or no knowledge at all: not certainly gone."""
    boot, space, _, _ = this_process().split("/")
    assert not is_gone(f"other/{space}/1/1")
    assert not is_gone(f"{boot}/pid:[7]/1/1")
    assert not is_gone("?/?/1/1")
