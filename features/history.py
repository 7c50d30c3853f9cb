"""The built history: clocks, tickets and streams on disk, memory-mapped.

One folder per content: its name is a hash of the tables, of what the configuration says about
them, and of the code that makes the arrays. Equal inputs find the folder there already.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.folders import ArrayFolder, open_folder, remove_others, write_folder
from features.medians import PARTS, Medians
from features.python import module_sources
from features.recording import record
from features.recording_texts import asked_texts
from features.streams import Stream
from features.texts import category_dtype
from forewarn.config import Config, clock_settings
from forewarn.progress import Progress, silent
from forewarn.schema import STATUS_CATEGORIES
from forewarn.sla import intervals
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables

_BUILDERS = (Path(__file__).parent, Path(intervals.__file__).parent)
"""Folders of the code that makes the arrays; a change there makes another history."""


@dataclass(frozen=True)
class History:
    """All that features are computed from. Instants in arrays are int64 µs, NAT: none.

    ``digest``: hash of content and settings. ``watermark``: the sources are complete up to it.
    ``attributes``: columns of tickets that pass through, whitelisted by the configuration.
    ``arrays``: by name; ``ticket/...`` per ticket in the order of the tickets table,
    ``timeline/...`` the clocks, ``stream/NAME/...`` the streams, ``median/NAME/...`` what the
    medians of a stream are told from. ``texts``: the words that
    codes stand for.
    """

    digest: str
    watermark: pd.Timestamp
    attributes: tuple[str, ...]
    about: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    texts: Mapping[str, pa.Array]

    @cached_property
    def timelines(self) -> Timelines:
        """Every SLA clock."""
        return Timelines.from_arrays(self._below("timeline"))

    @cached_property
    def streams(self) -> Mapping[str, Stream]:
        """Every stream by name."""
        parts: dict[str, dict[str, np.ndarray]] = {}
        for name, array in self._below("stream").items():
            stream, _, column = name.rpartition("/")
            parts.setdefault(stream, {})[column] = array
        return {name: Stream.from_arrays(part) for name, part in parts.items()}

    @cached_property
    def medians(self) -> Mapping[str, Medians]:
        """By name the streams of which medians can be told."""
        arrays = self._below("median")
        names = dict.fromkeys(name.rpartition("/")[0] for name in arrays)
        return {name: Medians(*(arrays[f"{name}/{part}"] for part in PARTS)) for name in names}

    @cached_property
    def category_dtypes(self) -> "Mapping[str, pd.CategoricalDtype[str]]":
        """Per kind of words the dtype of categorical features; codes are positions."""
        words = {n.removeprefix("word/"): w for n, w in self.texts.items() if n.startswith("word/")}
        words["status"] = pa.array(STATUS_CATEGORIES, pa.large_string())
        return {name: category_dtype(texts) for name, texts in words.items()}

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Text columns that tickets came with and never change, attributes included."""
        return tuple(self.about["text_columns"])

    @property
    def components(self) -> tuple[str, ...]:
        """What the health scores are made of, as far as they tell it."""
        return tuple(sorted(self.streams["component"].columns))

    @property
    def ticket_ids(self) -> pa.Array:
        """Per ticket its id, as Arrow texts."""
        return self.texts["ticket_id"]

    @property
    def ticket_known_at(self) -> np.ndarray:
        return self.arrays["ticket/known_at"]

    @property
    def ticket_created_at(self) -> np.ndarray:
        return self.arrays["ticket/created_at"]

    def __len__(self) -> int:
        """Number of tickets."""
        return int(self.ticket_known_at.size)

    def _below(self, prefix: str) -> dict[str, np.ndarray]:
        start = f"{prefix}/"
        return {n.removeprefix(start): a for n, a in self.arrays.items() if n.startswith(start)}


def build_history(
    tables: Tables, config: Config, *, folder: Path, progress: Progress = silent
) -> History:
    """The history of these tables, from ``folder`` where it is there, else built into it.

    ``folder`` holds one folder per content; those of other contents are removed.
    """
    digest = history_digest(tables, config)
    place = folder / digest
    if not place.is_dir():
        arrays, texts, about = record(tables, config, progress=progress)
        progress("History: writing", 0.95)
        write_folder(place, about={"digest": digest, **about}, arrays=arrays, texts=texts)
    remove_others(place)
    progress("History", 1.0)
    return open_history(place)


def open_history(folder: Path) -> History:
    """The history in ``folder``, mapped; raises DataError where it is damaged."""
    return history_of(open_folder(folder))


def history_digest(tables: Tables, config: Config) -> str:
    """Hash of everything that the arrays depend on."""
    settings = {
        "code": _code_digest(),
        "tables": tables.digest,
        "watermark": tables.watermark.isoformat(),
        "sla": clock_settings(config.sla),
        "calendars": list(config.sla.calendars),  # they are told by their place
        "health": config.health.model_dump(mode="json"),
        "own_features": [feature.model_dump(mode="json") for feature in config.features.own],
        "made_of_texts": asked_texts(config),
        "python_features": module_sources(config.features.python),
        "opening_delay": str(config.training.opening_delay),
        "priorities": config.queue.priorities,
        "time_zone": config.report.time_zone,
    }
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:32]


def _code_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in _BUILDERS for path in folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def history_of(content: ArrayFolder) -> History:
    """The history that a folder holds."""
    about = content.about
    return History(
        digest=about["digest"],
        watermark=pd.Timestamp(about["watermark"]),
        attributes=tuple(about["attributes"]),
        about=about,
        arrays=content.arrays,
        texts=content.texts,
    )
