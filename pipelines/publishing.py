"""The stage score: one run under the lease, published whole; its preview, and its undoing."""

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
    from serving.former import FormerOrder
    from serving.run import ScoredRun
    from serving.store import Store


def run_score(
    ws: Workspace, *, as_of: dt.datetime | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Score every open ticket and publish the queue in one transaction; the run's facts.

    ``as_of`` given by a person may go back behind the published run; otherwise it is now,
    or the end of the data where ``scoring.as_of`` says so. A model that cannot be used
    degrades the order to the rules and says so. Raises BusyError where a run is under way.
    """
    from serving.store import open_store

    scoring = ws.config.scoring
    store = open_store(ws.database_url)
    try:
        with store.holding_lease(f"forewarn score, process {os.getpid()}", scoring.lease) as token:
            former = store.former_order()
            run = _scored(ws, store, former, run_id=token, as_of=as_of, progress=progress)
            progress("publishing", 0.9)
            keep = ws.config.storage.keep_runs
            run_id = store.publish(
                run, token, keep=keep, keep_said=ws.config.interventions.keep,
                rewind=as_of is not None,
            )  # fmt: skip
        return _about(store, run_id)
    finally:
        store.close()


def run_preview(
    ws: Workspace, *, as_of: dt.datetime | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """Score as ``run_score`` would, publish nothing; what the order would change.

    The shown order is read once: what holds tickets in place is what they are compared with.
    as_of, model_version, degraded and tightening of the run; shown_as_of (null: nothing is
    shown), n_open, n_same, and ``moves`` (see ``serving.moves``).
    """
    from serving.moves import compare_orders
    from serving.store import open_store

    store = open_store(ws.database_url)
    try:
        former = store.former_order()
        run_id = store.next_run_id()
        run = _scored(ws, store, former, run_id=run_id, as_of=as_of, progress=progress)
    finally:
        store.close()
    moves = compare_orders(None if former is None else former.rows, run.queue)
    n_stay = sum(row["position_after"] is not None for row in moves)
    return {
        "as_of": run.as_of,
        "model_version": run.model_version,
        "degraded": run.degraded,
        "tightening": run.tightening,
        "shown_as_of": None if former is None else former.as_of,
        "n_open": len(run.queue),
        "n_same": len(run.queue) - n_stay,
        "moves": moves,
    }


def run_undo(ws: Workspace, *, actor: str | None, reason: str) -> dict[str, Any]:
    """Show the queue again that was shown before; ``actor``: this account where not given."""
    from serving.model_log import account
    from serving.store import open_store

    store = open_store(ws.database_url)
    try:
        return store.undo(actor=account() if actor is None else actor, reason=reason)
    finally:
        store.close()


def _scored(
    ws: Workspace,
    store: "Store",
    former: "FormerOrder | None",
    *,
    run_id: int,
    as_of: dt.datetime | None,
    progress: Progress,
) -> "ScoredRun":
    """The run over the tables of now, with what the shown run left behind.

    ``former``: its order; None where nothing is shown.
    """
    from models.champion import load_shadow
    from serving.score import score

    tables, history = read_history(ws, progress=part_of(progress, 0.0, 0.4))
    instant = _instant(ws, history, as_of)
    progress("loading the model", 0.4)
    bundle, degraded = _load_champion(ws)
    return score(
        history, ws.config, bundle, as_of=instant, turns=store.turns(),
        memory=store.flag_memory(), former=former, run_id=run_id,
        tables=tables, degraded=degraded, shadow=load_shadow(ws),
    )  # fmt: skip


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
