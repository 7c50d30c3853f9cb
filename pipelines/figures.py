"""An evaluation's headline as rows and sentences, for a terminal, a page or an artefact."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from forewarn.local_time import local_date

OURS = "forewarn"
Figures = Mapping[str, Any]


def headline_rows(metric: Figures) -> list[dict[str, Any]]:
    """One row per model, ours first, then by falling macro AUC; empty without a headline.

    Columns: model, opening_auc, macro_auc, macro_average_precision, brier: intervals
    (value, low, high) or null.
    """
    headline = metric.get("headline") or {}
    macro = (headline.get("macro") or {}).get("models") or {}
    opening = _models(headline, "landmarks", "opening")
    pooled = _models(headline, "all_observations")
    rows = [
        {
            "model": model,
            "opening_auc": _figure(opening, model, "auc"),
            "macro_auc": figures.get("auc"),
            "macro_average_precision": figures.get("average_precision"),
            "brier": _figure(pooled, model, "brier"),
        }
        for model, figures in macro.items()
    ]
    return sorted(rows, key=_place)


def sentences(metric: Figures, *, time_zone: str) -> list[str]:
    """What the headline says in words: its basis, the snapshots, the 75 % rule; days in a zone."""
    headline = metric.get("headline")
    if not headline:
        return [str(metric.get("note") or "No window could be judged.")]
    said = [
        _basis(headline, time_zone),
        _snapshots(headline),
        _rule(headline),
        str(headline.get("note") or ""),
    ]
    return [sentence for sentence in said if sentence]


def interval(figure: Figures | None, *, digits: int = 3) -> str:
    """An interval in one cell.

    >>> interval({"value": 0.85012, "low": 0.841, "high": 0.8594})
    '.850 (.841 to .859)'
    >>> interval({"value": 0.5, "low": None, "high": None}), interval(None)
    ('.500', '')
    """
    if figure is None or figure.get("value") is None:
        return ""
    value = _short(figure["value"], digits)
    if figure.get("low") is None or figure.get("high") is None:
        return value
    return f"{value} ({_short(figure['low'], digits)} to {_short(figure['high'], digits)})"


def to_markdown(figures: Figures, *, time_zone: str) -> str:
    """The headline of every metric as a page."""
    metrics = figures["metrics"].items()
    return "\n\n".join(_section(name, metric, time_zone) for name, metric in metrics)


def _section(name: str, metric: Figures, time_zone: str) -> str:
    said = sentences(metric, time_zone=time_zone)
    lines = [f"## {name.replace('_', ' ')}", "", *(f"{sentence}  " for sentence in said)]
    rows = headline_rows(metric)
    if rows:
        lines += ["", "| model | AUC at opening | AUC | average precision | Brier |",
                  "|---|---|---|---|---|"]  # fmt: skip
        lines += [
            f"| {row['model']} | {interval(row['opening_auc'])} | {interval(row['macro_auc'])} | "
            f"{interval(row['macro_average_precision'])} | {interval(row['brier'])} |"
            for row in rows
        ]
    return "\n".join(lines)


def _basis(headline: Figures, time_zone: str) -> str:
    tickets, pooled = headline["n_test_tickets"], headline.get("all_observations") or {}
    base = (pooled.get("base_rate") or {}).get("value")
    since = local_date(dt.datetime.fromisoformat(headline["cutoff"]), time_zone=time_zone)
    said = f"Judged on {tickets:,} tickets opened from {since} on"
    return said + (f"; {100 * base:.1f} % of what was observed broke its promise." if base else ".")


def _snapshots(headline: Figures) -> str:
    found = headline.get("snapshots") or {}
    ours = ((found.get("models") or {}).get(OURS) or {}).get("top_tenth_share")
    base = found.get("base_share")
    if not ours or ours.get("value") is None or not base or base.get("value") is None:
        return ""
    return (
        f"Over {found['n_snapshots']} daily snapshots the riskiest tenth breached in "
        f"{interval(ours)} of the cases, all open clocks in {interval(base)}."
    )


def _rule(headline: Figures) -> str:
    rule = next((r for r in headline.get("rules") or () if r["share"] == 0.75), None)
    early = (rule or {}).get("early") or {}
    precision = (early.get("precision") or {}).get("value")
    theirs = (((rule or {}).get("rule") or {}).get("precision") or {}).get("value")
    if rule is None or precision is None or theirs is None:
        return ""
    lead, rule_lead = early.get("lead_hours_median"), rule["rule"].get("lead_hours_median")
    ahead = (
        f", {lead:.1f} open hours ahead instead of {rule_lead:.1f}" if lead and rule_lead else ""
    )
    return (
        f"Alerts by a quarter of the budget, as many as the 75 % rule gives, are right in "
        f"{100 * precision:.0f} % of the cases (the rule: {100 * theirs:.0f} %){ahead}."
    )


def _models(headline: Figures, *path: str) -> Figures:
    found: Any = headline
    for name in path:
        found = (found or {}).get(name)
    return (found or {}).get("models") or {}


def _figure(models: Figures, model: str, name: str) -> Any:
    return (models.get(model) or {}).get(name)


def _place(row: Figures) -> tuple[bool, float, str]:
    auc = (row["macro_auc"] or {}).get("value")
    return row["model"] != OURS, -auc if auc is not None else 1.0, row["model"]


def _short(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.{digits}f}"
