"""Who serves: the gate, promotion, rollback, and the golden set; each decision is written down."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from forewarn.errors import ModelError
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.locks import exclusive
from pipelines.reading import run_history

if TYPE_CHECKING:
    from features.history import History
    from models.bundle import ModelBundle
    from models.checks import Verdict
    from models.golden_set import GoldenSet
    from serving.store import Store


def run_promote(
    ws: Workspace,
    *,
    version: str | None = None,
    force: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Let a version (the challenger if none is named) serve, if the gate lets it pass.

    ``force``: the reason for which it serves all the same; it is kept with the decision.
    Raises ModelError with every reason where the gate refuses.
    """
    with exclusive(ws, "model", progress=progress):
        return promote_now(ws, version=version, force=force, progress=progress)


def promote_now(
    ws: Workspace, *, version: str | None, force: str | None, progress: Progress = silent
) -> dict[str, Any]:
    """``run_promote`` for who holds the lock on the models already."""
    from models import registry
    from models.gate import refuse
    from models.registry.versions import find_version, keep_verdict

    chosen = find_version(ws, version)
    if "champion" in chosen.aliases:
        return {"version": chosen.version, "before": chosen.version, "is_new": False}
    verdict = judge_version(ws, chosen.version, progress=progress)
    told = verdict.to_json()
    keep_verdict(ws, chosen.version, told)
    if not verdict.passed and force is None:
        _record(ws, "refused", chosen.version, digest=chosen.digest, verdict=told)
        refuse(verdict)
    before = registry.promote(ws, version=chosen.version)
    kind = "promoted" if verdict.passed else "forced"
    _record(
        ws, kind, chosen.version, digest=chosen.digest, before=before, reason=force, verdict=told
    )
    return {"version": chosen.version, "before": before, "is_new": True, "verdict": told}


def run_rollback(
    ws: Workspace, *, version: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """Let the previous champion (or a named version) serve again from the next scoring run on.

    No gate: going back must work on a bad day. Raises ModelError where there is none.
    """
    from models import registry
    from models.registry.versions import find_version

    with exclusive(ws, "model"):
        chosen = find_version(ws, version, alias="previous")
        if "champion" in chosen.aliases:
            raise ModelError(f"version {chosen.version} serves already: nothing to go back to")
        before = registry.promote(ws, version=chosen.version)
        _record(
            ws, "rolled_back", chosen.version, digest=chosen.digest, before=before, reason=reason
        )
        return {"version": chosen.version, "before": before}


def judge_version(ws: Workspace, version: str, *, progress: Progress = silent) -> "Verdict":
    """The gate's word on a version, by the latest history; changes nothing that serves."""
    from models.gate import judge
    from models.registry.versions import load_version
    from models.splits import history_end

    history = run_history(ws, progress=progress)
    progress("the gate", 0.5)
    return judge(
        history,
        ws.config,
        champion=champion_of(ws),
        challenger=load_version(ws, version),
        as_of=history_end(history),
        golden=golden_of(ws, history),
    )


def champion_of(ws: Workspace) -> "ModelBundle | None":
    """What serves; None where nothing does yet. Raises ModelError where it is not sound."""
    from models.champion import read_pointer
    from models.registry import load_champion

    return None if read_pointer(ws) is None else load_champion(ws)


def golden_of(ws: Workspace, history: "History") -> "GoldenSet | None":
    """The golden set; frozen now where there is none. None where nothing is decided yet.

    Raises ModelError where it was altered.
    """
    from models.golden_set import read_golden
    from serving.secret import read_secret

    golden = read_golden(golden_path(ws), secret=read_secret(ws))
    if golden is not None:
        return golden
    return freeze_golden(ws, history, reason="the first one")


def freeze_golden(ws: Workspace, history: "History", *, reason: str) -> "GoldenSet | None":
    """Freeze and sign the labels of tickets drawn from the whole history, as told today."""
    from features.observations import landmark_observations
    from models.golden_set import freeze, write_golden
    from models.lineage import policy_digest
    from models.splits import history_end, training_outcomes
    from serving.secret import read_secret

    training = ws.config.training
    observations = landmark_observations(
        history, landmarks=training.landmarks, opened_from=training.opened_from
    )
    end = history_end(history)
    golden = freeze(
        training_outcomes(history, observations, cutoff=end),
        tickets=ws.config.promotion.golden_tickets,
        seed=training.seeds[0],
        frozen_at=end,
        reason=reason,
        policy=policy_digest(ws.config),
    )
    if golden.rows.empty:
        return None
    write_golden(golden_path(ws), golden, secret=read_secret(ws))
    return golden


def run_freeze(ws: Workspace, *, reason: str, progress: Progress = silent) -> dict[str, Any]:
    """Freeze the golden set anew; the reason is kept in it and with the decisions."""
    history = run_history(ws, progress=progress)
    with exclusive(ws, "model", progress=progress):
        golden = freeze_golden(ws, history, reason=reason)
        if golden is None:
            raise ModelError("no clock is decided yet: there is nothing to freeze")
        _record(ws, "golden_frozen", "", digest="", reason=reason)
    return about_golden(golden)


def run_golden(ws: Workspace, *, progress: Progress = silent) -> dict[str, Any] | None:
    """The golden set as it was frozen, its signature checked; None where there is none yet."""
    from models.golden_set import read_golden
    from serving.secret import read_secret

    progress("reading the golden set", 0.5)
    if not golden_path(ws).exists():
        return None
    golden = read_golden(golden_path(ws), secret=read_secret(ws))
    return None if golden is None else about_golden(golden)


def read_decisions(ws: Workspace) -> list[dict[str, Any]]:
    """Decisions about what serves, newest first."""
    from serving.model_log import list_events

    with opened_store(ws) as store:
        return list_events(store)


def about_golden(golden: "GoldenSet") -> dict[str, Any]:
    """When it was frozen, why, and how much it holds."""
    return {
        "frozen_at": golden.frozen_at,
        "reason": golden.reason,
        "n_tickets": int(golden.rows["ticket_id"].nunique()),
        "n_observations": len(golden.rows),
        "n_breached": int(golden.rows["is_breached"].sum()),
    }


def golden_path(ws: Workspace) -> Any:
    """Where the golden set lies: beside the models, signed."""
    return ws.models / "golden_set.json"


def record_first(ws: Workspace, *, version: str, digest: str) -> None:
    """Write down that the first model of a workspace serves, which no gate has judged."""
    _record(ws, "first", version, digest=digest)


def _record(ws: Workspace, kind: str, version: str, **about: Any) -> None:
    from serving.model_log import record_event

    with opened_store(ws) as store:
        record_event(store, kind=kind, version=version, **about)


@contextlib.contextmanager
def opened_store(ws: Workspace) -> "Iterator[Store]":
    """The database that serves, for a block."""
    from serving.store import open_store

    store = open_store(ws.database_url)
    try:
        yield store
    finally:
        store.close()
