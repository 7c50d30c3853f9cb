"""Calibration of probabilities, kept only where it helps on a later slice.

It corrects how sure a model is, not the level: the probabilities that it learns from come from
models of before the window, which lag behind a desk that becomes better or worse; the model that
is kept has learned from the window itself. Maps that shift the level too (isotonic, Platt) made
twelve of fifteen fits worse on the window after, some by a tenth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_EDGE = 1e-6


@dataclass(frozen=True)
class Calibrator:
    """A monotone map of probabilities.

    ``sigmoid``: ``values`` are slope and intercept on the log-odds. ``isotonic``, of models
    that were trained before: linear between ``points`` (rising) and ``values``, constant outside.
    """

    kind: Literal["sigmoid", "isotonic"]
    points: tuple[float, ...]
    values: tuple[float, ...]

    def apply(self, probabilities: Array) -> Array:
        if self.kind == "isotonic":
            return np.interp(probabilities, self.points, self.values)
        slope, intercept = self.values
        return 1.0 / (1.0 + np.exp(-(slope * log_odds(probabilities) + intercept)))

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "points": list(self.points), "values": list(self.values)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(kind=value["kind"], points=tuple(value["points"]), values=tuple(value["values"]))


@dataclass(frozen=True)
class CalibrationTrial:
    """What calibration did on the later slice; Brier scores over its observations."""

    kind: str | None
    kept: bool
    n_fitted: int
    n_judged: int
    brier_raw: float | None
    brier_calibrated: float | None
    note: str


def not_tried(note: str) -> CalibrationTrial:
    """The trial that did not take place, and why."""
    return CalibrationTrial(
        kind=None,
        kept=False,
        n_fitted=0,
        n_judged=0,
        brier_raw=None,
        brier_calibrated=None,
        note=note,
    )


def log_odds(probabilities: Array) -> Array:
    """The log-odds of probabilities, away from 0 and 1 by a millionth."""
    inside = np.clip(probabilities, _EDGE, 1.0 - _EDGE)
    return np.log(inside / (1.0 - inside))


def brier(probabilities: Array, is_breached: Array) -> float:
    """Mean squared difference between probability and outcome (0 or 1)."""
    return float(np.mean((probabilities - is_breached) ** 2))


def fit_calibrator(
    probabilities: Array, is_breached: Array, *, window: NDArray[np.int64]
) -> Calibrator:
    """The slope on the log-odds that fits best; the mean stays as it is.

    ``window``: per row a code; each window has a level of its own, which is not learned.
    """
    odds = log_odds(probabilities)
    slope = _slope(odds, is_breached, window)
    return Calibrator("sigmoid", (), (slope, _intercept(slope * odds, probabilities.mean())))


def try_calibration(
    probabilities: Array,
    is_breached: Array,
    *,
    tickets: NDArray[np.int64],
    is_later: NDArray[np.bool_],
) -> tuple[Calibrator | None, CalibrationTrial]:
    """Fit on the earlier rows, judge on the later ones; kept, it is fitted again on all.

    The probabilities must come from models that saw none of these rows. Kept only where the
    Brier score of the later rows improves beyond the noise of resampling tickets; a map
    that turns the order round is never kept.
    """
    early = ~is_later
    if not (_has_both(is_breached[early]) and _has_both(is_breached[is_later])):
        return None, not_tried("a slice holds a single class: calibration was not tried")
    window = is_later.astype(np.int64)
    fitted = fit_calibrator(probabilities[early], is_breached[early], window=window[early])
    raw, truth = probabilities[is_later], is_breached[is_later]
    after = fitted.apply(raw)
    margin = sure_gain((raw - truth) ** 2 - (after - truth) ** 2, tickets[is_later])
    kept = bool(margin > 0 and fitted.values[0] > 0)
    before_and_after = f"{brier(raw, truth):.4f} to {brier(after, truth):.4f}"
    verb = "improved" if kept else "did not improve"
    trial = CalibrationTrial(
        kind=fitted.kind,
        kept=kept,
        n_fitted=int(early.sum()),
        n_judged=len(truth),
        brier_raw=brier(raw, truth),
        brier_calibrated=brier(after, truth),
        note=f"calibration {verb} Brier on a later slice beyond noise: {before_and_after}",
    )
    whole = fit_calibrator(probabilities, is_breached, window=window) if kept else None
    return whole, trial


def sure_gain(gains: Array, tickets: NDArray[np.int64]) -> float:
    """Lower end of a 95 % interval of the mean gain, tickets being what varies."""
    found, codes = np.unique(tickets, return_inverse=True)
    if len(found) < 2:
        return -np.inf
    centred = np.bincount(codes, weights=gains - gains.mean())
    variance = np.sum(centred**2) * len(found) / (len(found) - 1)
    return float(gains.mean() - 1.96 * np.sqrt(variance) / len(gains))


def _has_both(is_breached: Array) -> bool:
    return bool(is_breached.min(initial=1.0) < is_breached.max(initial=0.0))


def _slope(odds: Array, is_breached: Array, window: NDArray[np.int64]) -> float:
    from sklearn.linear_model import LogisticRegression

    levels = np.equal.outer(window, np.unique(window)).astype(np.float64)
    model = LogisticRegression(C=1e6, max_iter=1000, fit_intercept=False)
    model.fit(np.column_stack([odds, levels]), is_breached.astype(int))
    return float(model.coef_[0, 0])


def _intercept(odds: Array, mean: float) -> float:
    """What is to be added to log-odds so that their probabilities have this mean, by halving."""
    low, high = -100.0, 100.0
    for _ in range(64):
        middle = (low + high) / 2
        is_below = (1.0 / (1.0 + np.exp(-(odds + middle)))).mean() < mean
        low, high = (middle, high) if is_below else (low, middle)
    return (low + high) / 2
