"""The stages of a run as plain functions, shared by the command line and the flows.

Each may be repeated: what is done already is not done again, and what was begun by a
killed process is begun anew. None knows who calls it. Modules that take long to import
are imported where they are needed.
"""

import datetime as dt
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forewarn.errors import ModelError
from forewarn.files import write_text
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines import memory
from pipelines.locks import exclusive

if TYPE_CHECKING:
    import pandas as pd

    from features.history import History
    from forewarn.ingest import IngestReport
    from models.bundle import ModelBundle
    from serving.store import Store

_LEARNED_FROM = ("sla", "health", "features", "training", "queue", "storage")
_JUDGED_BY = (*_LEARNED_FROM, "evaluation")


def run_ingest(
    ws: Workspace, *, rebuild: bool = False, progress: Progress = silent
) -> "IngestReport":
    """Read what is new (or everything again) into the canonical tables."""
    from forewarn.ingest import ingest

    with exclusive(ws, "tables", progress=progress):
        return ingest(ws, rebuild=rebuild, progress=progress)


def run_history(ws: Workspace, *, progress: Progress = silent) -> "History":
    """The built history of the tables; built only where there is none of their content."""
    from features.history import build_history
    from forewarn.tables import read_tables

    with exclusive(ws, "tables", progress=progress):
        tables = read_tables(ws.tables)
        return build_history(tables, ws.config, folder=ws.history, progress=progress)


def run_train(
    ws: Workspace,
    *,
    cutoff: dt.datetime | None = None,
    promote: bool = False,
    again: bool = False,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Fit the models and register them; one row of facts about what came out.

    ``is_new``: false where the same was trained before, so that nothing was done. Where no
    model can be fitted (too few tickets, a single class) there is a ``note`` instead of a
    version, and the rules serve. ``promote``: the new version serves at once.
    """
    history = run_history(ws, progress=_part(progress, 0.0, 0.1))
    inputs = {"history": history.digest, "cutoff": str(cutoff)}
    key = memory.fingerprint(ws, inputs=inputs, config=_LEARNED_FROM)
    with exclusive(ws, "model", progress=progress):
        known = None if again or promote else memory.recall(ws, "train", key=key)
        if known is not None:
            return known | {"is_new": False}
        outcome = _train(ws, history, cutoff, promote, _part(progress, 0.1, 1.0))
        memory.remember(ws, "train", key=key, outcome=outcome)
        return outcome


def run_evaluate(
    ws: Workspace, *, again: bool = False, progress: Progress = silent
) -> dict[str, Any]:
    """Every figure of the protocol; also kept as ``evaluation.json`` and with the model."""
    from models.evaluation import evaluate

    history = run_history(ws, progress=_part(progress, 0.0, 0.1))
    key = memory.fingerprint(ws, inputs={"history": history.digest}, config=_JUDGED_BY)
    with exclusive(ws, "model", progress=progress):
        known = None if again else _recall_evaluation(ws, key=key)
        if known is not None:
            return known
        figures = evaluate(history, ws.config, progress=_part(progress, 0.1, 0.95))
        text = json.dumps(figures, indent=1, allow_nan=False)
        write_text(_evaluation_path(ws), text + "\n")
        _log_evaluation(ws, figures)
        memory.remember(ws, "evaluate", key=key, outcome={"done": True})
        return figures


def run_score(
    ws: Workspace, *, as_of: dt.datetime | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Score every open ticket and publish the queue in one transaction; the run's facts.

    ``as_of`` given by a person may go back behind the published run; otherwise it is now,
    or the end of the data where ``scoring.as_of`` says so. A model that cannot be used
    degrades the order to the rules and says so. Raises BusyError where a run is under way.
    """
    from serving.score import score
    from serving.store import open_store

    scoring = ws.config.scoring
    store = open_store(ws.database_url)
    try:
        with store.holding_lease(f"forewarn score, process {os.getpid()}", scoring.lease) as token:
            history = run_history(ws, progress=_part(progress, 0.0, 0.4))
            instant = _instant(ws, history, as_of)
            progress("loading the model", 0.4)
            bundle, degraded = _load_champion(ws)
            run = score(
                history, ws.config, bundle, as_of=instant, turns=store.turns(), degraded=degraded
            )
            progress("publishing", 0.9)
            keep = ws.config.storage.keep_runs
            run_id = store.publish(run, token, keep=keep, rewind=as_of is not None)
        return _about(store, run_id)
    finally:
        store.close()


def run_report(ws: Workspace, *, progress: Progress = silent) -> Path:
    """Write the managers' report; gives its path."""
    from serving.report.build import write_report

    return write_report(ws, progress=progress)


def _instant(ws: Workspace, history: "History", as_of: dt.datetime | None) -> "pd.Timestamp":
    """When scoring thinks it is; "data" is just behind the last known fact."""
    import pandas as pd

    if as_of is not None:
        return pd.Timestamp(as_of)
    if ws.config.scoring.as_of == "data":
        return history.watermark + pd.Timedelta(microseconds=1)
    return pd.Timestamp.now(tz="UTC").floor("us")


def _load_champion(ws: Workspace) -> tuple["ModelBundle | None", str | None]:
    """The model that serves, or why there is none."""
    from models.registry import load_champion

    try:
        return load_champion(ws), None
    except ModelError as error:
        return None, str(error)


def _about(store: "Store", run_id: int) -> dict[str, Any]:
    """The published run's row, as plain values."""
    from serving.queries import current_run

    run = current_run(store) or {}
    if run.get("run_id") != run_id:
        return {"run_id": run_id, "note": "a newer run was published meanwhile"}
    return {k: v.isoformat() if isinstance(v, dt.datetime) else v for k, v in run.items()}


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


def _part(progress: Progress, start: float, end: float) -> Progress:
    """A part of a stage that tells its own progress from 0 to 1."""
    return lambda message, done: progress(message, start + (end - start) * done)
