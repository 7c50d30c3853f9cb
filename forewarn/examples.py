"""New workspaces: a commented ``forewarn.yaml``, and data where the example makes its own."""

import json
import os
from importlib import resources
from pathlib import Path
from typing import Literal

from forewarn.config import parse_config
from forewarn.errors import ConfigError
from forewarn.files import write_text

Example = Literal["demo", "uci", "boston"]

_PUBLISHERS = {
    "uci": "https://archive.ics.uci.edu/dataset/498",
    "boston": "https://data.boston.gov/dataset/311-service-requests",
}
_PLACE = '"@DATA@"'


def init_workspace(folder: Path, *, example: Example | None, data: Path | None) -> list[Path]:
    """Write ``forewarn.yaml`` (and ``.gitignore``) into a folder; return what was written.

    The demo simulates its own data into ``data/``; uci and boston need ``data``, the file as
    their publishers offer it. Raises ConfigError where the folder already is a workspace or
    the data is not there.
    """
    target = folder / "forewarn.yaml"
    if target.exists():
        raise ConfigError(f"{target} is there already; remove it first, or choose another folder")
    if example in _PUBLISHERS and data is None:
        raise ConfigError(
            f"--example {example} needs --data FILE; its publisher offers it at "
            f"{_PUBLISHERS[str(example)]}"
        )
    if data is not None and not data.is_file():
        raise ConfigError(f"{data} is not a file; name the data file with --data")
    text = _template(example or "own").replace(_PLACE, json.dumps(_path(folder, data)))
    parse_config(text)
    written = []
    if example == "demo":
        written += _demo_data(folder / "data")
    ignored = folder / ".gitignore"
    if not ignored.exists():
        write_text(ignored, "/.forewarn/\n")
        written.append(ignored)
    write_text(target, text)
    return [*written, target]


def _template(name: str) -> str:
    return resources.files("forewarn").joinpath("examples", f"{name}.yaml").read_text("utf-8")


def _path(folder: Path, data: Path | None) -> str:
    """How ``forewarn.yaml`` names the data: relative where it lies inside the workspace."""
    if data is None:
        return "tickets.csv"
    inside = data.resolve().is_relative_to(folder.resolve())
    return os.path.relpath(data.resolve(), folder.resolve()) if inside else str(data.resolve())


def _demo_data(folder: Path) -> list[Path]:
    from forewarn.demo import write_demo

    write_demo(folder)
    return sorted(folder.rglob("*.parquet"))
