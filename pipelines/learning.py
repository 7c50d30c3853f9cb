"""The stages train and evaluate: models, and figures of how good they are."""

import datetime as dt
import json
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forewarn.errors import ModelError
from forewarn.files import write_text
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines import memory
from pipelines.locks import exclusive
from pipelines.promoting import champion_of, golden_of, opened_store, promote_now, record_first
from pipelines.reading import part_of, run_history
from pipelines.scaling import Build, Cluster, cluster_features

if TYPE_CHECKING:
    from features.history import History
    from models.bundle import ModelBundle
    from models.interventions import Logged

_LEARNED_FROM = (
    "sla", "health", "features", "training", "promotion", "evidence", "interventions", "queue",
    "storage",
)  # fmt: skip
_JUDGED_BY = (*_LEARNED_FROM, "evaluation")


def run_train(
    ws: Workspace,
    *,
    cutoff: dt.datetime | None = None,
    promote: bool = False,
    again: bool = False,
    cluster: Cluster | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Fit the models and register them; one row of facts about what came out.

    ``is_new``: false where the same was trained before, so that nothing was done. Where no
    model can be fitted (too few tickets, a single class) there is a ``note`` instead of a
    version, and the rules serve. ``promote``: the new version serves at once if the gate lets
    it pass; where it does not, ``gate`` holds its reasons, and the champion goes on serving.
    ``cluster``: builds the features, whose values are the same.
    """
    history = run_history(ws, progress=part_of(progress, 0.0, 0.1))
    inputs = {"history": history.digest, "cutoff": str(cutoff)}
    key = memory.fingerprint(ws, inputs=inputs, config=_LEARNED_FROM)
    with exclusive(ws, "model", progress=progress):
        known = None if again else memory.recall(ws, "train", key=key)
        if known is not None:
            return _promoted(ws, known | {"is_new": False}, promote=promote)
        rest = part_of(progress, 0.1, 1.0)
        outcome = _train(ws, history, cutoff, cluster=cluster, progress=rest)
        memory.remember(ws, "train", key=key, outcome=outcome)
        return _promoted(ws, outcome, promote=promote)


def run_evaluate(
    ws: Workspace, *, again: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Every figure of the protocol; also kept as ``evaluation.json`` and with the model."""
    from models.evaluation import evaluate

    history = run_history(ws, progress=part_of(progress, 0.0, 0.1))
    key = memory.fingerprint(ws, inputs={"history": history.digest}, config=_JUDGED_BY)
    with exclusive(ws, "model", progress=progress):
        known = None if again else _recall_evaluation(ws, key=key)
        if known is not None:
            return known
        figures = evaluate(history, ws.config, progress=part_of(progress, 0.1, 0.95))
        text = json.dumps(figures, indent=1, allow_nan=False)
        write_text(_evaluation_path(ws), text + "\n")
        _log_evaluation(ws, figures)
        memory.remember(ws, "evaluate", key=key, outcome={"done": True})
        return figures


def _train(
    ws: Workspace,
    history: "History",
    cutoff: dt.datetime | None,
    *,
    cluster: Cluster | None,
    progress: Progress,
) -> dict[str, Any]:
    golden = golden_of(ws, history)
    held_out = () if golden is None else golden.ticket_ids
    try:
        bundle = _fit(ws, history, cutoff, held_out=held_out, cluster=cluster, progress=progress)
    except ModelError as error:
        return {"version": None, "note": str(error), "is_new": True}
    progress("registering the model", 0.8)
    return _registered(ws, bundle)


def _fit(
    ws: Workspace,
    history: "History",
    cutoff: dt.datetime | None,
    *,
    held_out: Collection[str],
    cluster: Cluster | None,
    progress: Progress,
) -> "ModelBundle":
    """The models, their features built here or on the cluster. Raises ModelError."""
    import pandas as pd

    from features.build import build_features
    from models.train import train

    build: Build = build_features
    if cluster is not None:
        build = cluster_features(ws, cluster, progress=part_of(progress, 0.15, 0.3))
    return train(
        ws, history, ws.config, cutoff=None if cutoff is None else pd.Timestamp(cutoff),
        build=build, champion=_witness(ws), logged=_logged(ws), held_out=held_out,
        progress=part_of(progress, 0.0, 0.8),
    )  # fmt: skip


def _registered(ws: Workspace, bundle: "ModelBundle") -> dict[str, Any]:
    """Register the models, the first of all as what serves; the facts about them."""
    from models.champion import read_pointer
    from models.registry import register

    is_first = read_pointer(ws) is None
    registered = register(ws, bundle)
    if is_first and registered.alias == "champion":
        record_first(ws, version=registered.version, digest=registered.digest)
    return {
        "version": registered.version,
        "alias": registered.alias,
        "is_new": registered.is_new,
        "cutoff": bundle.cutoff.isoformat(),
        "metrics": sorted(bundle.models),
        "refused": dict(bundle.refused),
        "treated_share": float(bundle.settings["treated_share"]),
        "failed_checks": [check.reason for check in bundle.checks if check.passed is False],
        "gate": None,
        "note": None,
    }


def _promoted(ws: Workspace, outcome: dict[str, Any], *, promote: bool) -> dict[str, Any]:
    """The outcome, its alias as it is now; the challenger promoted where that was asked for."""
    from models.champion import read_pointer

    pointer = read_pointer(ws)
    if outcome["version"] is None or pointer is None:
        return outcome
    serves = pointer.version == outcome["version"]
    if serves or not promote:
        return outcome | {"alias": "champion" if serves else "challenger"}
    try:
        promote_now(ws, version=outcome["version"], force=None)
    except ModelError as error:
        return outcome | {"alias": "challenger", "gate": str(error)}
    return outcome | {"alias": "champion"}


def _witness(ws: Workspace) -> "ModelBundle | None":
    """The champion, against which the data are checked; None where there is no sound one."""
    try:
        return champion_of(ws)
    except ModelError:
        return None


def _logged(ws: Workspace) -> "Logged":
    """Scores and actions, by which treated tickets are told."""
    from forewarn.tables import read_tables
    from serving.feedback import read_logged

    events = read_tables(ws.tables).ticket_events
    with opened_store(ws) as store:
        return read_logged(store, events)


def _log_evaluation(ws: Workspace, figures: dict[str, Any]) -> None:
    """Keep the figures with the version that was trained last, where there is one."""
    from models.registry import log_evaluation

    version = (memory.last(ws, "train") or {}).get("version")
    if version is not None:
        log_evaluation(ws, figures, version=version)


def _evaluation_path(ws: Workspace) -> Path:
    return ws.models / "evaluation.json"


def _recall_evaluation(ws: Workspace, *, key: str) -> dict[str, Any] | None:
    if memory.recall(ws, "evaluate", key=key) is None:
        return None
    try:
        figures: dict[str, Any] = json.loads(_evaluation_path(ws).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return figures
