"""Customer health: the score in force at any instant, and its segment in words."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd

from forewarn.config.settings import HealthConfig
from forewarn.health_components import compose, read_components

Segment = Literal["at_risk", "needs_attention", "healthy"]
SEGMENTS: tuple[Segment, ...] = ("at_risk", "needs_attention", "healthy")

_COLUMNS = ["customer_id", "occurred_at", "known_at", "score", "is_overridden"]
_ALL = ["occurred_at", "known_at", "score", "override_score", "override_expires_at"]
_LONG_AGO = pd.Timestamp("1900-01-01", tz="UTC")
_FOR_EVER = pd.Timestamp("2200-01-01", tz="UTC")


def composed_scores(customer_health: pd.DataFrame, health: HealthConfig) -> pd.DataFrame:
    """The table with scores composed of their components, where ``health`` says of which.

    A row that tells none of them keeps the score that it came with. Overrides stay.
    """
    if not health.components or customer_health.empty:
        return customer_health
    texts = customer_health["components"]
    found = [None if pd.isna(t) else compose(read_components(str(t)), health) for t in texts]
    scores = [
        came if made is None else made.score
        for came, made in zip(customer_health["score"], found, strict=True)
    ]
    return customer_health.assign(score=np.array(scores, np.float64))


def effective_scores(
    customer_health: pd.DataFrame, *, health: HealthConfig | None = None
) -> pd.DataFrame:
    """The scores as plain facts: one row per customer and change of the score in force.

    Columns customer_id, occurred_at, known_at, score, is_overridden (whether an override put
    the score there); sorted by customer and known_at. An override holds from when it is
    known until it expires; measured scores that arrive meanwhile wait, and the latest of
    them comes into force at the expiry, as a fact of that instant. A score measured before
    one that was known already never comes into force. Whoever reads at ``as_of`` takes the
    last row with known_at < as_of. ``health``: composes the measured scores first.
    """
    if health is not None:
        customer_health = composed_scores(customer_health, health)
    rows = customer_health.sort_values(
        ["customer_id", "known_at", "occurred_at"], kind="stable", ignore_index=True
    ).assign(is_overridden=np.zeros(len(customer_health), bool))
    overridden = rows.loc[rows["override_score"].notna(), "customer_id"].unique()
    some = rows["customer_id"].isin(overridden)
    plain = _newest_only(rows.loc[~some, _COLUMNS])
    expanded = [
        fact
        for customer, facts in rows[some].groupby("customer_id", sort=True)
        for fact in _expand(str(customer), facts)
    ]
    parts = [plain]
    if expanded:
        parts.append(pd.DataFrame(expanded, columns=_COLUMNS).astype(dict(plain.dtypes)))
    return pd.concat(parts).sort_values(
        ["customer_id", "known_at", "occurred_at"], kind="stable", ignore_index=True
    )


def segment(score: float | None, health: HealthConfig) -> Segment | None:
    """The segment of a score; None where there is no score.

    >>> segment(39.9, HealthConfig()), segment(40, HealthConfig()), segment(70, HealthConfig())
    ('at_risk', 'needs_attention', 'healthy')
    """
    if score is None or pd.isna(score):
        return None
    if score < health.at_risk_below:
        return "at_risk"
    return "needs_attention" if score < health.needs_attention_below else "healthy"


def _newest_only(rows: pd.DataFrame) -> pd.DataFrame:
    """Without the rows that were overtaken before they became known."""
    newest = rows.groupby("customer_id")["occurred_at"].cummax()
    return rows[rows["occurred_at"] >= newest]


def _expand(customer: str, rows: pd.DataFrame) -> Iterator[tuple[object, ...]]:
    """Facts of one customer, who has at least one override. ``rows``: by known_at.

    No fact is dated before the one emitted last, or it would be taken for an old one.
    """
    measured, measured_at, floor = float("nan"), _LONG_AGO, _LONG_AGO
    expiry: pd.Timestamp | None = None  # of the override in force
    for occurred_at, known_at, score, override, until in rows[_ALL].itertuples(index=False):
        if expiry is not None and expiry <= known_at:
            yield customer, expiry, expiry, measured, False
            floor, expiry = expiry, None
        is_newer = occurred_at >= measured_at
        if is_newer:
            measured, measured_at = score, occurred_at
        ends = _FOR_EVER if pd.isna(until) else until
        overrides = not pd.isna(override) and known_at < ends
        if overrides:
            expiry = ends
        if overrides or (is_newer and expiry is None):
            floor = max(floor, occurred_at)
            yield customer, floor, known_at, override if overrides else score, overrides
    if expiry is not None and expiry != _FOR_EVER:
        yield customer, expiry, expiry, measured, False
