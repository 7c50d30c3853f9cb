"""Folders of arrays: whole or not at all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.folders import open_folder, remove_others, write_folder
from forewarn.errors import DataError

ARRAYS = {"a": np.arange(3), "b/c": np.zeros((0, 2)), "large": np.arange(10_000.0)}
TEXTS = {"w": pa.array(["x", None, "z"], pa.large_string())}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """Arrays of any size, texts and small values come back as they were."""
    write_folder(tmp_path / "one", about={"n": 1}, arrays=ARRAYS, texts=TEXTS)
    content = open_folder(tmp_path / "one")
    assert content.about == {"n": 1}
    assert content.texts["w"].to_pylist() == ["x", None, "z"]
    for name, array in ARRAYS.items():
        assert content.arrays[name].dtype == array.dtype
        assert content.arrays[name].tolist() == array.tolist()


def test_arrays_cannot_be_written_to(tmp_path: Path) -> None:
    """A history is shared: nobody changes it by accident."""
    write_folder(tmp_path / "one", about={}, arrays=ARRAYS, texts={})
    for array in open_folder(tmp_path / "one").arrays.values():
        assert not array.flags.writeable


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    """Two processes that build the same thing do not disturb each other."""
    write_folder(tmp_path / "one", about={"n": 1}, arrays=ARRAYS, texts={})
    write_folder(tmp_path / "one", about={"n": 2}, arrays=ARRAYS, texts={})
    assert open_folder(tmp_path / "one").about == {"n": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("name", ["a.npy", "manifest.json", "w.arrow", "large.npy"])
def test_a_missing_or_cut_file_is_named(tmp_path: Path, name: str) -> None:
    """The message says which folder to remove; it is built anew then."""
    write_folder(tmp_path / "one", about={}, arrays=ARRAYS, texts=TEXTS)
    file = tmp_path / "one" / name
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(DataError, match=r"one is damaged .* remove it"):
        open_folder(tmp_path / "one")
    file.unlink()
    with pytest.raises(DataError, match=r"one is damaged .* remove it"):
        open_folder(tmp_path / "one")


def test_an_array_of_another_shape_is_refused(tmp_path: Path) -> None:
    """A file put in place of another is not taken for it."""
    write_folder(tmp_path / "one", about={}, arrays=ARRAYS, texts=TEXTS)
    np.save(tmp_path / "one" / "a.npy", np.arange(4))
    with pytest.raises(DataError, match=r"a\.npy does not hold"):
        open_folder(tmp_path / "one")


def test_other_folders_go_and_stay_readable_for_who_has_them(tmp_path: Path) -> None:
    """Old contents are removed; what is mapped stays mapped; a new one being written stays."""
    write_folder(tmp_path / "old", about={}, arrays=ARRAYS, texts={})
    write_folder(tmp_path / "one", about={}, arrays=ARRAYS, texts={})
    (tmp_path / ".new-now").mkdir()
    (tmp_path / ".new-dead").mkdir()
    os.utime(tmp_path / ".new-dead", (time.time() - 7200, time.time() - 7200))
    mapped = open_folder(tmp_path / "old")
    remove_others(tmp_path / "one")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".new-now", "one"]
    assert mapped.arrays["large"].sum() == 49_995_000.0


def test_a_writer_that_is_killed_leaves_no_folder(tmp_path: Path) -> None:
    """SIGKILL while arrays are written: the folder does not exist, writing again succeeds."""
    code = (
        "import sys, numpy as np, pathlib\n"
        "from features.folders import write_folder\n"
        "class Endless(dict):\n"
        "    def items(self):\n"
        "        for i in range(10**9):\n"
        "            print(i, flush=True)\n"
        "            yield f'a{i}', np.arange(1000)\n"
        "write_folder(pathlib.Path(sys.argv[1]), about={}, arrays=Endless(), texts={})\n"
    )
    folder = tmp_path / "one"
    with subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert b"5\n" in child.stdout  # reads line by line, up to this one
        child.send_signal(signal.SIGKILL)
    assert not folder.exists()
    write_folder(folder, about={}, arrays=ARRAYS, texts={})
    assert open_folder(folder).arrays["a"].tolist() == [0, 1, 2]
