"""The audit of the features in words: what to look at, and in one paragraph what there is."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

_NAMED = 5
"""Features that a sentence names before it counts the rest."""
_NOTHING = (
    "No observation has a verdict that was known at the data's end, so there is nothing to judge "
    "them by: ingest a longer history, or look at sla.policies (without a promise there is no "
    "clock) and training.opened_from."
)


def remarks(row: Any) -> str:
    """What is remarkable in a row of ``audit_features``, its nulls None; empty if nothing is."""
    found = []
    if row["suspicious_for"]:
        found.append(f"may be a leak ({row['suspicious_for'].replace('_', ' ')})")
    if row["is_constant"]:
        found.append("always null" if row["coverage"] == 0 else "constant")
    if row["twin"]:
        found.append(f"says the same as {row['twin']}")
    if row["is_drifting"]:
        found.append("drifts")
    return "; ".join(found)


def summarise_audit(frame: pd.DataFrame) -> list[str]:
    """Sentences: how many features, which are constant, alike, drifting, suspicious."""
    n, n_seen = len(frame), int(frame["is_seen"].sum())
    if not n or not frame["n"].iloc[0]:
        return [f"{n} features, of which models see {n_seen}. {_NOTHING}"]
    n_rows = f"{frame['n'].iloc[0]:,}"
    seen_first = frame.sort_values("is_seen", ascending=False, kind="stable")
    is_empty = seen_first["coverage"] == 0
    return [
        f"{n} features, of which models see {n_seen}, on {n_rows} observations with a verdict.",
        _told(seen_first[is_empty], "Always null", "no feature"),
        _told(seen_first[seen_first["is_constant"] & ~is_empty], "Constant", "no other feature"),
        _told_twins(frame),
        _told_drift(frame),
        *_told_suspicion(seen_first),
    ]


def _told(rows: pd.DataFrame, what: str, nothing: str) -> str:
    if rows.empty:
        return f"{what}: {nothing}."
    return f"{what}: {_names(list(rows['feature']), n_seen=int(rows['is_seen'].sum()))}."


def _told_twins(frame: pd.DataFrame) -> str:
    """Pairs of which models see both come first."""
    rows = frame[frame["twin"].notna()]
    pairs = {tuple(sorted(pair)) for pair in zip(rows["feature"], rows["twin"], strict=True)}
    if not pairs:
        return "Near duplicates: none."
    seen = set(frame.loc[frame["is_seen"], "feature"])
    ordered = sorted(pairs, key=lambda pair: (not seen >= set(pair), pair))
    n_seen = sum(seen >= set(pair) for pair in pairs)
    return f"Near duplicates: {_names([f'{a} and {b}' for a, b in ordered], n_seen=n_seen)}."


def _told_drift(frame: pd.DataFrame) -> str:
    months = frame["months"].iloc[0]
    if months is None:
        return "Drifting: not known, as there are not two months of enough observations."
    rows = frame[frame["is_drifting"]]
    rows = rows.sort_values(["is_seen", "drift"], ascending=False, kind="stable")
    return _told(rows, f"Drifting ({months})", "no feature")


def _told_suspicion(frame: pd.DataFrame) -> list[str]:
    metrics = [name for name in frame if str(name).startswith("auc_")]
    unjudged = [_metric(name) for name in metrics if frame[name].isna().all()]
    found = [
        f"Of {name} there are not both verdicts, so nothing can be close to them."
        for name in unjudged
    ]
    rows = frame[frame["suspicious_for"].notna()]
    told = _told(rows, "Suspicious", "no feature knows an outcome nearly alone")
    if len(rows):
        told += (
            " They know the outcome nearly alone, which may be a leak: make sure that their "
            "source tells when each fact became known (known_at), or take them out by "
            "features.exclude."
        )
    return [*found, told]


def _metric(column: object) -> str:
    return str(column).removeprefix("auc_").replace("_", " ")


def _names(names: Sequence[str], *, n_seen: int) -> str:
    shown = ", ".join(names[:_NAMED])
    rest = len(names) - _NAMED
    more = f" and {rest} more" if rest > 0 else ""
    return f"{len(names)}, {n_seen} of them seen by models ({shown}{more})"
