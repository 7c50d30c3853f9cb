"""Answers on disk, so that a model can be changed without fitting its peers again."""

import json
from pathlib import Path

import numpy as np

from benchmarks.models_answers import Answers

_ABOUT = "about"


def write_answers(path: Path, answers: Answers, *, digest: str) -> None:
    """Scores as arrays, the rest as JSON. ``digest``: of what was answered."""
    arrays = {
        f"{stage}/{name}": np.stack(sets)
        for stage, found in (("validation", answers.validation), ("test", answers.test))
        for name, sets in found.items()
    }
    about = {
        "digest": digest,
        "seconds": dict(answers.seconds),
        "settings": {name: dict(chosen) for name, chosen in answers.settings.items()},
        "notes": dict(answers.notes),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(path, **arrays, **{_ABOUT: np.array(json.dumps(about))})


def read_answers(path: Path, *, digest: str) -> Answers | None:
    """What was kept; None where nothing is, or it answers something else."""
    if not path.is_file():
        return None
    with np.load(path, allow_pickle=False) as kept:
        about = json.loads(str(kept[_ABOUT]))
        if about["digest"] != digest:
            return None
        sets = {name: list(kept[name]) for name in kept.files if name != _ABOUT}
    return Answers(
        validation=_of("validation", sets),
        test=_of("test", sets),
        seconds=about["seconds"],
        settings=about["settings"],
        notes=about["notes"],
    )


def _of(stage: str, sets: dict[str, list[np.ndarray]]) -> dict[str, list[np.ndarray]]:
    start = f"{stage}/"
    return {name.removeprefix(start): s for name, s in sets.items() if name.startswith(start)}
