"""Evidence that the champion no longer fits, and the challenger beside it."""

import datetime as dt
from typing import Any

from forewarn.errors import ModelError
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.promoting import champion_of, judge_version, opened_store
from pipelines.reading import run_history


def run_evidence(ws: Workspace, *, progress: Progress = silent) -> dict[str, Any]:
    """What speaks for a new training: ``evidence`` (name: words), all checks, features.

    ``advice``: train, wait (a challenger of these days is there already), or none. Without a
    model there is nothing to find: a ``note`` says so.
    """
    from models.champion import load_shadow
    from models.evidence import evidence_of, find_evidence

    history = run_history(ws, progress=progress)
    champion = champion_of(ws)
    if champion is None:
        note = "no model serves yet: 'forewarn train' makes the first"
        return _nothing(note)
    progress("looking for evidence", 0.5)
    checks, features = find_evidence(history, ws.config, champion=champion)
    found = dict(evidence_of(checks))
    challenger = load_shadow(ws)
    recently = history.watermark - ws.config.evidence.again_after
    waits = challenger is not None and challenger.cutoff >= recently
    return {
        "champion": champion.version,
        "cutoff": champion.cutoff,
        "evidence": found,
        "advice": ("wait" if waits else "train") if found else "none",
        "challenger": challenger.version if challenger is not None else None,
        "checks": [check.to_json() for check in checks],
        "features": features,
        "note": None,
    }


def run_compare(
    ws: Workspace, *, version: str | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """The gate's word on a challenger, and what both said of the same clocks in scoring runs.

    Nothing that serves is changed. Raises ModelError where there is no such version, or no
    champion to compare it with.
    """
    from models.champion import read_pointer
    from models.registry.versions import find_version
    from models.shadow import compare_shadow
    from serving.score_history import read_scores

    pointer = read_pointer(ws)
    if pointer is None:
        raise ModelError("no model serves yet: run 'forewarn train'")
    chosen = find_version(ws, version)
    if chosen.version == pointer.version:
        raise ModelError(f"version {chosen.version} is the champion itself: name another one")
    verdict = judge_version(ws, chosen.version, progress=progress)
    history = run_history(ws)
    with opened_store(ws) as store:
        said = read_scores(store)
    return {
        "champion": pointer.version,
        "challenger": chosen.version,
        "verdict": verdict.to_json(),
        "shadow": compare_shadow(
            history, said, champion=pointer.version, challenger=chosen.version,
            warned_from=ws.config.interventions.treated_above,
        ),
    }  # fmt: skip


def run_effect(ws: Workspace, *, progress: Progress = silent) -> dict[str, Any]:
    """What acting does, by the randomised picks in the log of scores, per metric."""
    from models.matured import matured
    from models.off_policy import effect_of_acting
    from serving.score_history import read_scores

    history = run_history(ws, progress=progress)
    with opened_store(ws) as store:
        said = read_scores(store)
    picks = matured(history, said[said["propensity"].notna() & (said["role"] == "champion")])
    most = ws.config.interventions.most_weight
    return {
        metric: effect_of_acting(picks[picks["metric"] == metric], most_weight=most)
        for metric in ws.config.sla.metrics
    }


def _nothing(note: str) -> dict[str, Any]:
    return {
        "champion": None, "cutoff": None, "evidence": {}, "advice": "none", "challenger": None,
        "checks": [], "features": [], "note": note,
    }  # fmt: skip


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """Instants as texts, for artefacts and results of flows."""
    return {k: v.isoformat() if isinstance(v, dt.datetime) else v for k, v in found.items()}
