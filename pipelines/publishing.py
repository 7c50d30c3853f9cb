"""The stage score: one run under the lease, published whole."""

import datetime as dt
import os
from typing import TYPE_CHECKING, Any

from forewarn.errors import ModelError
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.reading import part_of, read_history

if TYPE_CHECKING:
    import pandas as pd

    from features.history import History
    from models.bundle import ModelBundle
    from serving.store import Store


def run_score(
    ws: Workspace, *, as_of: dt.datetime | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Score every open ticket and publish the queue in one transaction; the run's facts.

    ``as_of`` given by a person may go back behind the published run; otherwise it is now,
    or the end of the data where ``scoring.as_of`` says so. A model that cannot be used
    degrades the order to the rules and says so. Raises BusyError where a run is under way.
    """
    from models.champion import load_shadow
    from serving.score import score
    from serving.store import open_store

    scoring = ws.config.scoring
    store = open_store(ws.database_url)
    try:
        with store.holding_lease(f"forewarn score, process {os.getpid()}", scoring.lease) as token:
            tables, history = read_history(ws, progress=part_of(progress, 0.0, 0.4))
            instant = _instant(ws, history, as_of)
            progress("loading the model", 0.4)
            bundle, degraded = _load_champion(ws)
            run = score(
                history, ws.config, bundle, as_of=instant, turns=store.turns(),
                memory=store.flag_memory(), tickets=tables.tickets, degraded=degraded,
                shadow=load_shadow(ws),
            )  # fmt: skip
            progress("publishing", 0.9)
            keep = ws.config.storage.keep_runs
            run_id = store.publish(
                run, token, keep=keep, keep_said=ws.config.interventions.keep,
                rewind=as_of is not None,
            )  # fmt: skip
        return _about(store, run_id)
    finally:
        store.close()


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
