"""A frozen, signed set of past tickets with the labels of the day it was frozen.

What is learned and what is judged come from one source; where that source lies from some day
on, both lie alike, and no comparison of the two can tell. The golden set was written down
before, and no model learns from it. It holds no features: they are asked of the history, as
of the same instants.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from forewarn.errors import ModelError
from forewarn.files import write_text

MOST_SHARE = 0.05
"""Of the tickets, held out of every training."""
_COLUMNS = ("ticket_id", "metric", "cycle", "landmark", "is_breached")


@dataclass(frozen=True)
class GoldenSet:
    """``rows``: one per observation: ticket_id, metric, cycle, landmark and is_breached (0, 1).

    ``frozen_at``: the end of the history then. ``reason``: why it was frozen anew, or first.
    ``policy``: digest of the promises; under others the labels are others.
    """

    frozen_at: pd.Timestamp
    reason: str
    policy: str
    rows: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        columns: dict[str, Any] = {name: self.rows[name].astype(str).tolist() for name in _COLUMNS}
        columns["cycle"] = self.rows["cycle"].astype(int).tolist()
        columns["is_breached"] = self.rows["is_breached"].astype(int).tolist()
        return {
            "frozen_at": self.frozen_at.isoformat(),
            "reason": self.reason,
            "policy": self.policy,
            **columns,
        }

    @property
    def ticket_ids(self) -> frozenset[str]:
        """Of the tickets that no training may learn from."""
        return frozenset(self.rows["ticket_id"])

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        rows = pd.DataFrame({name: value[name] for name in _COLUMNS})
        return cls(
            pd.Timestamp(value["frozen_at"]),
            str(value["reason"]),
            str(value["policy"]),
            rows.astype({"cycle": "int64", "is_breached": "float64"}),
        )


def freeze(
    outcomes: pd.DataFrame,
    *,
    tickets: int,
    seed: int,
    frozen_at: pd.Timestamp,
    reason: str,
    policy: str,
) -> GoldenSet:
    """All decided observations of so many tickets, drawn over the whole history.

    At most MOST_SHARE of it: no model learns from them.
    """
    decided = outcomes[~outcomes["is_censored"]]
    every = np.sort(decided["ticket"].unique())
    n = min(tickets, int(MOST_SHARE * len(every)))
    drawn = np.random.default_rng(seed).permutation(every)[:n]
    rows = decided[decided["ticket"].isin(drawn)]
    kept = rows[list(_COLUMNS)].astype({"metric": str, "landmark": str, "ticket_id": str})
    return GoldenSet(frozen_at, reason, policy, kept.reset_index(drop=True))


def write_golden(path: Path, golden: GoldenSet, *, secret: bytes) -> None:
    """Write the set with its signature (HMAC-SHA-256 under the workspace's secret)."""
    content = json.dumps(golden.to_json(), separators=(",", ":"), sort_keys=True)
    signed = {"signature": _signature(content, secret), "content": content}
    write_text(path, json.dumps(signed))


def read_golden(path: Path, *, secret: bytes) -> GoldenSet | None:
    """The set, or None where there is none yet.

    Raises ModelError where it was altered, or signed under another secret.
    """
    try:
        value = json.loads(path.read_text("utf-8"))
        content, signature = str(value["content"]), str(value["signature"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"refused: the golden set {path} cannot be read ({error!r})") from error
    if not hmac.compare_digest(signature, _signature(content, secret)):
        raise ModelError(
            f"refused: the golden set {path} does not have the signature of this workspace's "
            "secret: it was altered, or the secret was changed; 'forewarn models golden --renew "
            "REASON' freezes a new one"
        )
    return GoldenSet.from_json(json.loads(content))


def _signature(content: str, secret: bytes) -> str:
    return hmac.new(secret, b"golden set\n" + content.encode(), hashlib.sha256).hexdigest()
