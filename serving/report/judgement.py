"""How good the model is beside the rule that it replaces, in words and few figures."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forewarn.local_time import local_date

OURS = "forewarn"
Figures = Mapping[str, Any]
_RULE_SHARE = 0.75

NAMES = {
    "prior": "the average breach rate",
    "share_elapsed": "share of the time used up",
    "time_left": "least time left first",
    "earliest_due_date": "earliest deadline first",
    "slack": "time left less the usual remaining time",
    "logistic_regression": "logistic regression",
    "lightgbm_raw": "a plain model on the raw ticket fields",
}


@dataclass(frozen=True)
class Alerts:
    """One way to raise alerts: shares as 0 to 1; lead time in open hours; null: unknown."""

    name: str
    n_alerts: int | None
    precision: float | None
    recall: float | None
    lead_hours: float | None


@dataclass(frozen=True)
class Bar:
    """A share with its 95 % interval."""

    name: str
    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Judgement:
    """One metric's figures. ``note``: why there are none. ``verdict``: the first sentence."""

    metric: str
    note: str | None
    verdict: str = ""
    sentences: tuple[str, ...] = ()
    alerts: tuple[Alerts, ...] = ()
    snapshot: tuple[Bar, ...] = ()
    reliability: tuple[Figures, ...] = ()


def judge(evaluation: Figures, *, time_zone: str) -> list[Judgement]:
    """One judgement per metric, from the content of ``evaluation.json``; days in the zone."""
    metrics = (evaluation.get("metrics") or {}).items()
    return [_judge(name, figures, time_zone) for name, figures in metrics]


def method_name(model: str) -> str:
    """A baseline's name in words.

    >>> method_name("time_left"), method_name("group_rate_matured")
    ('least time left first', "the group's past breach rate")
    """
    if "_rate_" in model:
        code, _, _ = model.partition("_rate_")
        return f"the {code.removeprefix('ticket_')}'s past breach rate"
    return NAMES.get(model, model.replace("_", " "))


def _judge(metric: str, figures: Figures, time_zone: str) -> Judgement:
    headline = figures.get("headline")
    if not headline:
        return Judgement(metric, str(figures.get("note") or "Nothing could be judged yet."))
    said = (_basis(headline, time_zone), _snapshot_sentence(headline), _calibration(headline))
    return Judgement(
        metric,
        note=headline.get("note"),
        verdict=_verdict(headline),
        sentences=tuple(sentence for sentence in said if sentence),
        alerts=_alerts(headline),
        snapshot=_snapshot(headline),
        reliability=_reliability(headline),
    )


def _verdict(headline: Figures) -> str:
    """Ours against the best simple method by average precision, told by the interval."""
    margin = _at(headline, "margins", "over_best_baseline", "average_precision") or {}
    low, high, peer = margin.get("low"), margin.get("high"), margin.get("over")
    if peer is None or low is None or high is None:
        return "How it compares with simple methods cannot be told from this data."
    method = method_name(str(peer))
    if low > 0:
        return (
            f"It finds the promises that will break better than the best simple method, {method}."
        )
    if high < 0:
        return f"A simple method finds the promises that will break better: {method}."
    return f"It cannot be told apart from the best simple method, {method}."


def _basis(headline: Figures, time_zone: str) -> str:
    n, share = headline.get("n_test_tickets"), _value(headline, "all_observations", "base_rate")
    if not n:
        return ""
    since = local_date(dt.datetime.fromisoformat(headline["cutoff"]), time_zone=time_zone)
    said = f"Judged on {n:,} tickets opened from {since} on, which it had not seen"
    return said + (f"; {_percent(share)} of what was observed broke its promise." if share else ".")


def _snapshot_sentence(headline: Figures) -> str:
    found = _at(headline, "snapshots") or {}
    ours, base = _value(found, "models", OURS, "top_tenth_share"), _value(found, "base_share")
    if ours is None or base is None:
        return ""
    return (
        f"On {found.get('n_snapshots')} mornings the tenth of the open clocks that it held to be "
        f"most at risk broke in {_percent(ours)} of the cases; of all open clocks "
        f"{_percent(base)} did."
    )


def _calibration(headline: Figures) -> str:
    bins = _reliability(headline)
    if len(bins) < 3:
        return ""
    high = bins[-1]
    return (
        f"Where it named its highest risks ({_percent(high['mean_probability'])} on average, at "
        f"opening), {_percent(high['breach_share'])} broke."
    )


def _alerts(headline: Figures) -> tuple[Alerts, ...]:
    rule = next((r for r in headline.get("rules") or () if r.get("share") == _RULE_SHARE), None)
    if rule is None:
        return ()
    names = {
        "rule": "The rule: alert when 75 % of the time is used",
        "early": "forewarn, as many alerts, before 25 % of the time is used",
        "any": "forewarn, as many alerts, at any time",
    }
    return tuple(
        Alerts(
            name,
            rule[key].get("n_alerts"),
            _value(rule[key], "precision"),
            _value(rule[key], "recall"),
            rule[key].get("lead_hours_median"),
        )
        for key, name in names.items()
        if rule.get(key)
    )


def _snapshot(headline: Figures) -> tuple[Bar, ...]:
    found = _at(headline, "snapshots") or {}
    rows = [
        ("riskiest tenth by forewarn", _at(found, "models", OURS, "top_tenth_share")),
        ("tenth with least time left", _at(found, "models", "time_left", "top_tenth_share")),
        ("all open clocks", found.get("base_share")),
    ]
    return tuple(
        Bar(name, figure["value"], figure.get("low"), figure.get("high"))
        for name, figure in rows
        if figure and figure.get("value") is not None
    )


def _reliability(headline: Figures) -> tuple[Figures, ...]:
    bins = _at(headline, "landmarks", "opening", "reliability") or []
    return tuple(b for b in bins if b.get("mean_probability") is not None)


def _at(figures: Any, *path: str) -> Any:
    for name in path:
        figures = (figures or {}).get(name)
    return figures


def _value(figures: Any, *path: str) -> float | None:
    found = _at(figures, *path) or {}
    value: float | None = found.get("value")
    return value


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
