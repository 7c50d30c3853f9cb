"""Our alerts against the rules that desks use: the same volume, how right and how early.

A rule alerts once, when a clock has used a share of its budget (50, 75, 80 or 90 %). We give
as many alerts, to the clocks that reach the highest risk, each at the first observation
at which its risk passes the threshold.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from models.bootstrap import Interval, Resamples, interval, mean_over, ratio, resample_tickets
from models.evaluation_scored import OURS, Scored
from models.metrics import Floats, top

RULE_SHARES = (0.5, 0.75, 0.8, 0.9)
"""Shares of the budget at which a rule alerts."""
EARLY = 0.25
"""Early alerts are given by this share of the budget."""
HOUR = 3600.0


def rule_comparison(test: Scored, rules: pd.DataFrame, *, seed: int) -> list[dict[str, Any]]:
    """One entry per rule: its own figures, ours by EARLY of the budget, ours at any landmark.

    ``rules``: decided rows observed at the landmarks RULE_SHARES, columns as ``test.rows``.
    """
    everyone = pd.concat([test.rows[["ticket", "clock", "is_breached"]], rules], join="inner")
    codes, tickets = pd.factorize(everyone["ticket"])
    resamples = resample_tickets(len(tickets), resamples=len(test.resamples.counts) - 1, seed=seed)
    everyone = everyone.assign(code=codes)
    breached = everyone[everyone["is_breached"] == 1.0].drop_duplicates("clock")
    place = dict(zip(everyone["ticket"], codes, strict=True))
    return [
        _one_rule(test, rules, share=s, breached=breached, place=place, resamples=resamples)
        for s in RULE_SHARES
    ]


def first_alerts(rows: pd.DataFrame, score: Floats, *, volume: int) -> pd.DataFrame:
    """The rows at which the ``volume`` clocks of highest risk are alerted: one row per clock.

    A clock's risk is its highest score; its alert is the first row that reaches the lowest
    risk among those chosen. Ties go to the clock that comes first.
    """
    scored = rows.assign(score=score).sort_values(["clock", "as_of"], kind="stable")
    risk = scored.groupby("clock")["score"].max()
    chosen = risk[top(risk.to_numpy(), k=volume)]
    if chosen.empty:
        return scored.iloc[:0]
    alerts = scored[scored["clock"].isin(chosen.index) & (scored["score"] >= chosen.min())]
    firsts: pd.DataFrame = alerts.drop_duplicates("clock")
    return firsts


def _one_rule(
    test: Scored,
    rules: pd.DataFrame,
    *,
    share: float,
    breached: pd.DataFrame,
    place: dict[Any, int],
    resamples: Resamples,
) -> dict[str, Any]:
    own = rules[rules["landmark"] == f"{share:g}"]
    early = _budget_used(test.rows) <= EARLY
    parts: dict[str, list[pd.DataFrame]] = {"rule": [own]}
    for name, mask in (("early", early), ("any", np.ones(len(early), bool))):
        parts[name] = [
            first_alerts(test.rows[mask], s[mask], volume=len(own)) for s in test.scores[OURS]
        ]
    precision = {n: _precision(p, place, resamples) for n, p in parts.items()}
    found: dict[str, Any] = {"share": share, "volume": len(own)}
    for name, alerts in parts.items():
        found[name] = {
            "n_alerts": int(np.mean([len(a) for a in alerts])),
            "precision": interval(precision[name]),
            "recall": _recall(alerts, breached, place, resamples),
            "alerts_per_true_breach": _inverse(precision[name][0]),
            **_lead(alerts),
        }
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = precision["early"] / precision["rule"]
    relative[~np.isfinite(relative)] = np.nan
    found["early_precision_over_rule"] = interval(relative)
    rule_lead, our_lead = (found[n]["lead_hours_median"] for n in ("rule", "early"))
    found["early_lead_over_rule"] = our_lead / rule_lead if rule_lead and our_lead else None
    return found


def _precision(alerts: Sequence[pd.DataFrame], place: dict[Any, int], r: Resamples) -> Floats:
    return mean_over(
        [
            ratio(a["is_breached"], np.ones(len(a)), tickets=_codes(a, place), resamples=r)
            for a in alerts
        ]
    )


def _recall(
    alerts: Sequence[pd.DataFrame], breached: pd.DataFrame, place: dict[Any, int], r: Resamples
) -> Interval:
    found = [
        ratio(
            breached["clock"].isin(a["clock"]),
            np.ones(len(breached)),
            tickets=_codes(breached, place),
            resamples=r,
        )
        for a in alerts
    ]
    return interval(mean_over(found))


def _lead(alerts: Sequence[pd.DataFrame]) -> dict[str, float | None]:
    """How long before its breach a true alert came: business hours, and share of the budget."""
    true = pd.concat([a[a["is_breached"] == 1.0] for a in alerts])
    if true.empty:
        return {"lead_hours_median": None, "lead_share_median": None}
    return {
        "lead_hours_median": float(true["remaining_seconds"].median() / HOUR),
        "lead_share_median": float((1.0 - true["share_elapsed"]).median()),
    }


def _budget_used(rows: pd.DataFrame) -> Floats:
    """The landmark as a share of the budget; 0 at opening."""
    numbers = pd.to_numeric(rows["landmark"].astype(str), errors="coerce").fillna(0.0)
    used: Floats = numbers.to_numpy(float)
    return used


def _codes(rows: pd.DataFrame, place: dict[Any, int]) -> Floats:
    codes: Floats = rows["ticket"].map(place).to_numpy()
    return codes


def _inverse(share: float) -> float | None:
    return 1.0 / share if np.isfinite(share) and share > 0 else None
