"""Which clocks have an internal target, tighter than the promise, and what that moves.

The internal target is a share of the promised one, by the same clock: calendar, pauses and what
has elapsed are the contract's. It only orders the queue. What is late, lost, shown and reported
goes by the promise.
"""

import numpy as np
import pandas as pd

from features.catalogue import declared_features
from features.history import History
from forewarn.config import REPLIES
from forewarn.config.tightening import TighteningConfig
from forewarn.errors import ConfigError
from forewarn.sla.policy import Column, encode, fulfils

_FEATURES = {
    "priority": "ticket_priority",
    "group_id": "ticket_group",
    "category": "ticket_category",
    "health_score": "health_score",
    "health_segment": "health_segment",
    "tier": "customer_tier",
    "region": "customer_region",
    "criticality": "customer_criticality",
    "contract_value": "customer_contract_value",
    "loyalty": "customer_loyalty",
}
"""The feature that tells a column as of any instant; other columns came with the ticket."""


def condition_features(
    history: History, settings: TighteningConfig, *, file: str = "forewarn.yaml"
) -> dict[str, str]:
    """The feature behind each column that the rules look at.

    ``file``: where the rules are written. Raises ConfigError where a rule looks at a column that
    this data does not have.
    """
    declared = {feature.name for feature in declared_features(history)}
    found = {}
    for rule in settings.rules:
        for name in rule.when:
            feature = _FEATURES.get(name, f"ticket_{name}")
            if feature not in declared:
                known = ", ".join(sorted({*_FEATURES, *history.attributes}))
                raise ConfigError(
                    f"{file}: sla.tighten: rule {rule.name!r} looks at {name!r}, a column that "
                    f"neither tickets nor customers have; they have {known}"
                )
            found[name] = feature
    return found


def tighten(
    clocks: pd.DataFrame, features: pd.DataFrame, *, history: History, settings: TighteningConfig
) -> pd.DataFrame:
    """Per clock ``rule``, the name of the one that counts (null: none), and ``share`` (else 1).

    ``clocks``: metric and policy; an imported deadline, without a policy, is left as it is.
    ``features``: of the same rows, those of ``condition_features``.
    """
    columns = {
        name: _column(features[feature])
        for name, feature in condition_features(history, settings).items()
    }
    rule = pd.Series(None, clocks.index, dtype=object)
    share = pd.Series(1.0, clocks.index)
    for asked in settings.rules:
        of_metric = clocks["metric"].isin(asked.shares) & clocks["policy"].notna()
        rows = of_metric.to_numpy(bool) & rule.isna().to_numpy()
        for name, condition in asked.when.items():
            rows &= fulfils(columns[name], condition)
        rule[rows] = asked.name
        share[rows] = clocks["metric"][rows].map(asked.shares).astype("float64")
    return pd.DataFrame({"rule": rule, "share": share})


def _column(values: pd.Series) -> Column:
    plain = values.astype("str") if isinstance(values.dtype, pd.CategoricalDtype) else values
    return encode(plain)[0]


def moved_minutes(clocks: pd.DataFrame) -> tuple[float, float]:
    """Minutes of work that are due earlier, and of all work; a ticket counts once.

    ``clocks``: ticket_id, and what ``moved_by_clock`` reads.
    """
    whole = np.maximum(clocks["work_minutes"], clocks["touch_minutes"])
    minutes = pd.DataFrame({"moved": moved_by_clock(clocks), "whole": whole})
    by_ticket = minutes.groupby(clocks["ticket_id"].to_numpy()).max()
    return float(by_ticket["moved"].sum()), float(by_ticket["whole"].sum())


def moved_by_clock(clocks: pd.DataFrame) -> "pd.Series[float]":
    """Per clock the work that its internal target moves: for a reply the next touch alone.

    ``clocks``: metric, share, and the expected ``work_minutes`` until the solution and
    ``touch_minutes`` of the next touch.
    """
    is_reply = clocks["metric"].isin(REPLIES)
    minutes = clocks["touch_minutes"].where(is_reply, clocks["work_minutes"])
    return minutes.where(clocks["share"] < 1, 0.0)
